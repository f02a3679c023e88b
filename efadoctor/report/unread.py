"""What could not be read and matters, and which checks it keeps from telling."""

from __future__ import annotations

from collections.abc import Sequence

from efadoctor.model.coverage import Coverage, CoverageStatus
from efadoctor.model.facts import sources_of
from efadoctor.model.report import CheckStatus, Report
from efadoctor.packs import installed_checks
from efadoctor.report.wording import one_line


class Unread:
    """Sources that could not be read, and the checks that could not tell for want of them."""

    def __init__(self, why: str) -> None:
        self.why = why
        self.sources: list[str] = []
        self.codes: list[str] = []

    @property
    def key(self) -> tuple[str, ...]:
        """What was not read, and why: the same in every report that lacks the same."""
        return (self.why, *self.sources)


_READ = (CoverageStatus.READ, CoverageStatus.PARTIAL)


def unread(report: Report) -> tuple[Unread, ...]:
    """What was not read and matters: refused, failed, or wanted by a check that cannot tell."""
    unknown = {r.code for r in report.checks if r.status is CheckStatus.UNKNOWN}
    hidden: dict[str, list[str]] = {}
    for check in installed_checks():
        if check.code in unknown:
            for name in {s.name for t in check.needs for s in sources_of(t)}:
                hidden.setdefault(name, []).append(check.code)
    groups: dict[str, Unread] = {}
    for coverage in report.coverage:
        codes = hidden.get(coverage.source, [])
        if _matters(coverage, codes):
            why = one_line(coverage.detail) or coverage.status.value
            group = groups.setdefault(why, Unread(why))
            group.sources.append(coverage.source)
            group.codes.extend(c for c in codes if c not in group.codes)
    return tuple(groups.values())


def unread_by_all(reports: Sequence[Report]) -> tuple[Unread, ...]:
    """What several reports have all not read, with every check that cannot tell for want of it."""
    if len(reports) < 2:  # noqa: PLR2004 - one report tells it itself
        return ()
    counted: dict[tuple[str, ...], int] = {}
    together: dict[tuple[str, ...], Unread] = {}
    for group in (g for report in reports for g in unread(report)):
        whole = together.setdefault(group.key, Unread(group.why))
        whole.sources = group.sources
        whole.codes += [code for code in group.codes if code not in whole.codes]
        counted[group.key] = counted.get(group.key, 0) + 1
    return tuple(g for key, g in together.items() if counted[key] == len(reports))


def _matters(coverage: Coverage, hidden: Sequence[str]) -> bool:
    if coverage.status in (CoverageStatus.DENIED, CoverageStatus.ERROR):
        return True
    return coverage.status not in _READ and bool(hidden)

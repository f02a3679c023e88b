"""``--watch``: the answer anew whenever the cluster changes it, until it is settled."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from efadoctor.cli.arguments import Arguments
from efadoctor.cli.gaps import say_gaps
from efadoctor.cli.sources import namespace_of, watch_live
from efadoctor.cli.talk import say
from efadoctor.model.errors import SubjectNotFoundError, UsageError
from efadoctor.model.inert import inert
from efadoctor.model.report import Report
from efadoctor.model.snapshot import Snapshot
from efadoctor.report.reports import Reports


class Last:
    """The last answer, and what another one says that it did not."""

    def __init__(self) -> None:
        self.reports: Reports | None = None
        self._said: tuple[Report, ...] | None = None

    def takes(self, reports: Reports) -> Reports | None:
        """What is news in these reports, None where nothing is; they are the last from now on.

        Of several the same as before are left out; where none is left, all are given.
        """
        before, said = self._said, tuple(map(_timeless, reports.reports))
        self.reports, self._said = reports, said
        if before is None or not said:
            return None if before == said else reports
        pairs = zip(said, reports.reports, strict=True)
        news = tuple(report for timeless, report in pairs if timeless not in before)
        return msgspec.structs.replace(reports, reports=news) if news else None


def _timeless(report: Report) -> Report:
    """What a report says but for when: reading the same again is no news."""
    source = msgspec.structs.replace(report.source, captured_at="")
    return msgspec.structs.replace(report, generated_at="", source=source)


def _waiting(reports: Reports | None) -> dict[str, None]:
    """The names of everything that some reports are about, in order."""
    found = reports.reports if reports is not None else ()
    return {f"{s.namespace}/{s.name}": None for r in found for s in r.subjects}


def watched(
    arguments: Arguments,
    judge: Callable[[Snapshot], Reports],
    show: Callable[[Reports], None],
) -> Reports:
    """Judge and show until the pods asked for are bound or gone; the last reports.

    What changes nothing in the answer is not shown again. Raises UsageError on a bundle,
    SubjectNotFoundError where there never was such a subject.
    """
    if arguments.bundle is not None:
        raise UsageError("--watch follows a cluster; a bundle does not change")
    last = Last()

    def changed(snapshot: Snapshot) -> None:
        try:
            reports = judge(snapshot)
        except SubjectNotFoundError:
            if last.reports is None:
                raise
            say(f"{arguments.subject} is gone from namespace {namespace_of(arguments, snapshot)}")
            return
        if last.reports is None:
            say_gaps(snapshot)
        gone = [name for name in _waiting(last.reports) if name not in _waiting(reports)]
        if gone:
            more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
            say(f"pending no longer: {inert(gone[0])}{more}")
        news = last.takes(reports)
        if news is not None:
            show(news)

    watch_live(arguments, changed)
    return last.reports if last.reports is not None else Reports(reports=())

"""Fixes of what was given as a manifest: shown as diffs of its file, and written to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from efadoctor.model.finding import Finding
from efadoctor.model.fix import Deletion, Fix, Patch, Recreation, Risk, SourceChange
from efadoctor.model.inert import inert
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Report
from efadoctor.preflight.drafts import Drafts, patches_of
from efadoctor.preflight.rewriting import CannotRewriteError
from efadoctor.preflight.unified import inert_diff
from efadoctor.preflight.written import Given

_WRITES = frozenset({Risk.SAFE, Risk.RESTARTS})


def with_diffs(report: Report, drafts: Drafts, fresh: frozenset[ObjectRef]) -> Report:
    """The report whose fixes of given objects are diffs, each on top of the plan's before it.

    ``fresh`` are the given objects that are in no cluster: nothing of theirs can restart.
    """
    steps = report.plan.steps if report.plan is not None else ()
    chosen = {step.finding: step.fix for step in steps}
    causes = tuple(
        _with_diffs(finding, chosen.get(number), drafts, fresh)
        for number, finding in enumerate(report.root_causes)
    )
    warnings = tuple(_with_diffs(f, None, drafts, fresh) for f in report.warnings)
    return msgspec.structs.replace(report, root_causes=causes, warnings=warnings)


def _with_diffs(
    finding: Finding, chosen: int | None, drafts: Drafts, fresh: frozenset[ObjectRef]
) -> Finding:
    fixes: list[Fix] = []
    for number, fix in enumerate(finding.fixes):
        if not _is_of_files(fix, drafts):
            fixes.append(fix)
        elif number == chosen or not _repeats(fix):
            fixes.append(_as_diff(fix, drafts, fresh, keep=number == chosen))
    return msgspec.structs.replace(finding, fixes=tuple(fixes))


def _is_of_files(fix: Fix, drafts: Drafts) -> bool:
    """Whether a fix changes given objects and nothing else; pods that go come back by it."""
    patches = patches_of(fix.edits)
    return bool(patches) and all(
        (isinstance(e, Patch | Recreation | SourceChange) and drafts.has(e.target))
        or (isinstance(e, Deletion) and e.target.kind == "Pod")
        for e in fix.edits
    )


def _repeats(fix: Fix) -> bool:
    """A change for the source of an object: the manifest is that source."""
    return all(isinstance(e, SourceChange) for e in fix.edits)


def _as_diff(fix: Fix, drafts: Drafts, fresh: frozenset[ObjectRef], *, keep: bool) -> Fix:
    if all(e.target in fresh for e in patches_of(fix.edits)):
        risk = fix.risk if fix.risk is Risk.COSTS_MONEY else Risk.SAFE
        warning = fix.warning if fix.risk is Risk.COSTS_MONEY else ""
        fix = msgspec.structs.replace(fix, risk=risk, warning=warning)
    try:
        text = drafts.diff(fix, keep=keep)
    except CannotRewriteError as cannot:
        said = f"{fix.title} (no diff: {cannot})"
        return msgspec.structs.replace(fix, title=inert(said), commands=(), dry_runs=())
    return msgspec.structs.replace(fix, commands=(), dry_runs=(), diff=inert_diff(text))


def write_safe(reports: Iterable[Report], given: Given) -> tuple[tuple[str, ...], int]:
    """Write the fixes that were tried, restart at most, and belong to a plan.

    The names of the files written, and how many fixes. Raises UsageError.
    """
    drafts, done = Drafts(given), 0
    for fix in _safe(reports):
        try:
            done += bool(drafts.diff(fix, keep=True))
        except CannotRewriteError:
            continue
    return drafts.write(), done


def _safe(reports: Iterable[Report]) -> Iterator[Fix]:
    seen: set[bytes] = set()
    for report in reports:
        for step in report.plan.steps if report.plan is not None else ():
            fix = report.root_causes[step.finding].fixes[step.fix]
            key = msgspec.json.encode(fix.edits)
            if fix.diff and fix.verified and fix.risk in _WRITES and key not in seen:
                seen.add(key)
                yield fix

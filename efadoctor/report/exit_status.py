"""What a command ends with, the same for every output format (docs/bots.md)."""

from __future__ import annotations

from collections.abc import Iterable

from efadoctor.model.exit_status import ExitStatus
from efadoctor.model.report import CheckStatus, Report, Verdict
from efadoctor.report.choices import FailOn

_WORST_FIRST = (ExitStatus.PROBLEM_NAMED, ExitStatus.COULD_NOT_TELL, ExitStatus.NOTHING_BLOCKS)


def exit_status(
    reports: Iterable[Report], fail_on: Iterable[FailOn] = (), *, exit_zero: bool = False
) -> ExitStatus:
    """The worst status of any report, in the order 1, 3, 0; no report is 0.

    A report whose root causes are all suppressed counts as if nothing blocked: somebody has
    decided so, and the report still says ``blocked``.
    """
    if exit_zero:
        return ExitStatus.NOTHING_BLOCKS
    levels = frozenset(fail_on)
    found = {_status_of(report, levels) for report in reports}
    return next((s for s in _WORST_FIRST if s in found), ExitStatus.NOTHING_BLOCKS)


def _status_of(report: Report, levels: frozenset[FailOn]) -> ExitStatus:
    if report.verdict is Verdict.BLOCKED and not _all_suppressed(report):
        return ExitStatus.PROBLEM_NAMED
    if FailOn.WARNING in levels and report.warnings:
        return ExitStatus.PROBLEM_NAMED
    if report.verdict is Verdict.UNKNOWN:
        return ExitStatus.COULD_NOT_TELL
    if FailOn.UNKNOWN in levels and any(c.status is CheckStatus.UNKNOWN for c in report.checks):
        return ExitStatus.COULD_NOT_TELL
    return ExitStatus.NOTHING_BLOCKS


def _all_suppressed(report: Report) -> bool:
    return not report.root_causes and bool(report.suppressed)

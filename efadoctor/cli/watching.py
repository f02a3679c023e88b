"""``--watch``: the answer anew whenever the cluster changes it, until it is settled."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from efadoctor.cli.arguments import Arguments
from efadoctor.cli.sources import namespace_of, say_gaps, watch_live
from efadoctor.cli.talk import say
from efadoctor.model.errors import SubjectNotFoundError, UsageError
from efadoctor.model.report import Report
from efadoctor.model.snapshot import Snapshot
from efadoctor.report.reports import Reports


class Last:
    """The last answer, and whether another one says anything else."""

    def __init__(self) -> None:
        self.reports: Reports | None = None
        self._said: tuple[Report, ...] | None = None

    def takes(self, reports: Reports) -> bool:
        """Whether these reports are news; they are the last from now on."""
        said = tuple(msgspec.structs.replace(r, generated_at="") for r in reports.reports)
        news = said != self._said
        self.reports, self._said = reports, said
        return news


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
        if last.takes(reports):
            show(reports)

    watch_live(arguments, changed)
    return last.reports if last.reports is not None else Reports(reports=())

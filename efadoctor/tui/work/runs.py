"""One run of a diagnosis: in a thread, told by messages as it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec
from textual.message import Message

from efadoctor.model.report import CheckResult
from efadoctor.model.snapshot import Snapshot
from efadoctor.tui.messages import CheckEnded, ChecksKnown, SubjectJudged
from efadoctor.tui.work.background import AbandonedError, in_background, reason_of
from efadoctor.tui.work.judgement import Choice, Judged

if TYPE_CHECKING:
    from efadoctor.authoring import Check


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: a subject, on a snapshot or on a copy of it with these fixes made.

    ``first`` is the judgement without them, where it is known already. ``post`` takes the
    messages; ``is_wanted`` says whether anybody still waits for the answer.
    """

    number: int
    snapshot: Snapshot
    subject: str
    choices: tuple[Choice, ...] = ()
    first: Judged | None = None
    checks: Sequence[Check] | None = None
    post: Callable[[Message], object]
    is_wanted: Callable[[], bool]

    async def judged(self) -> None:
        """Judge, and post how it ends."""
        try:
            first, judged = await in_background(self._work)
        except AbandonedError:
            return
        except Exception as error:  # noqa: BLE001  (shown where the verdict would be)
            self.post(SubjectJudged(self.number, None, None, reason_of(error)))
        else:
            self.post(SubjectJudged(self.number, first, judged))

    def _work(self) -> tuple[Judged, Judged]:
        # networkx and every check: not before the first paint
        from efadoctor.graph import CheckGraph
        from efadoctor.packs import installed_checks
        from efadoctor.tui.work.trying import judge, judge_with

        checks = tuple(installed_checks() if self.checks is None else self.checks)
        self.post(ChecksKnown(self.number, CheckGraph(checks).in_order()))
        first = self.first
        if first is None:
            tell = self._silent if self.choices else self._tell
            first = judge(self.snapshot, self.subject, tell, checks)
        if not self.choices:
            return first, first
        return first, judge_with(first, self.subject, self.choices, self._tell, checks)

    def _silent(self, _result: CheckResult) -> None:
        if not self.is_wanted():
            raise AbandonedError

    def _tell(self, result: CheckResult) -> None:
        self._silent(result)
        self.post(CheckEnded(self.number, result))

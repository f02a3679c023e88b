"""The judging of one subject: which run is the latest, what it has told, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.message import Message

from efadoctor.model.report import CheckStatus
from efadoctor.model.snapshot import Snapshot
from efadoctor.tui.messages import CheckEnded, ChecksKnown, SubjectJudged
from efadoctor.tui.work.happenings import Happening, happened
from efadoctor.tui.work.judgement import Choice, Judged
from efadoctor.tui.work.runs import Run
from efadoctor.tui.work.scene import Scene

if TYPE_CHECKING:
    from efadoctor.authoring import Check


class Judging:
    """Begins runs, and takes from their messages what the latest of them says.

    ``checks`` are the checks that it asks, by name; ``ended`` is how those of them ended that
    have; ``scene`` is what there is to show, None before the first judgement.
    """

    def __init__(self, subject: str, snapshot: Snapshot | None = None) -> None:
        self.subject = subject
        self.choices: tuple[Choice, ...] = ()
        self.checks: dict[str, Check] = {}
        self.ended: dict[str, CheckStatus] = {}
        self.scene: Scene | None = None
        self._snapshot = snapshot
        self._next: Snapshot | None = None
        self._first: Judged | None = None
        self._timeline: tuple[Happening, ...] = ()
        self._run = self._answered = 0

    @property
    def has_snapshot(self) -> bool:
        """Whether there is anything to judge."""
        return self._snapshot is not None

    @property
    def is_done(self) -> bool:
        """Whether what is shown is the answer to what was asked last."""
        return self._answered == self._run > 0

    @property
    def first(self) -> Judged | None:
        """The judgement of the snapshot as it was read, while it is the newest one."""
        return self._first

    @property
    def judged(self) -> Judged | None:
        """What is shown."""
        return self.scene.judged if self.scene is not None else None

    def is_next(self, snapshot: Snapshot) -> bool:
        """Takes a newer snapshot; whether to judge it now, and not after the run that goes on."""
        if self.has_snapshot and self._run > self._answered:
            self._next = snapshot  # or a cluster that never rests would never be judged
            return False
        self._snapshot, self._first = snapshot, None
        return True

    def begin(
        self,
        checks: Sequence[Check] | None,
        post: Callable[[Message], object],
        is_attached: Callable[[], bool],
    ) -> Run | None:
        """Another run, of the newest snapshot with the chosen fixes; older ones are left off.

        ``checks`` are asked instead of every installed pack's. None without a snapshot.
        """
        if self._snapshot is None:
            return None
        self._run += 1
        self.ended = {}
        number = self._run
        return Run(
            number=number,
            snapshot=self._snapshot,
            subject=self.subject,
            choices=self.choices,
            first=self._first,
            checks=checks,
            post=post,
            is_wanted=lambda: number == self._run and is_attached(),
        )

    def is_latest(self, message: ChecksKnown | CheckEnded | SubjectJudged) -> bool:
        """Whether a message is of the run that began last."""
        return message.run == self._run

    def answer(self, message: SubjectJudged) -> Snapshot | None:
        """Takes how the latest run ended; the snapshot that has come in meanwhile."""
        self._answered = message.run
        following, self._next = self._next, None
        if message.judged is not None and message.first is not None:
            before = self.scene.first if self.scene is not None else None
            self._timeline = (*self._timeline, *happened(before, message.first))
            self._first = message.first
            self.scene = Scene(first=message.first, judged=message.judged, timeline=self._timeline)
        return following

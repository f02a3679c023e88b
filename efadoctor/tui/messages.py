"""What the work behind tells the screens, and widgets tell their screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from efadoctor.model.report import CheckResult
from efadoctor.model.snapshot import Snapshot
from efadoctor.tui.work.judgement import Judged

if TYPE_CHECKING:
    from efadoctor.authoring import Check
    from efadoctor.tui.drawing.pending import Group
    from efadoctor.tui.work.kinds_of_node import KindOfNode


class SnapshotRead(Message):
    """A snapshot has come in."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot


class ReadingWent(Message):
    """So many objects of a source have been read."""

    def __init__(self, source: str, objects: int) -> None:
        super().__init__()
        self.source = source
        self.objects = objects


class ReadingEnded(Message):
    """Nothing more will come; ``failure`` says why where that is a failure."""

    def __init__(self, failure: str = "") -> None:
        super().__init__()
        self.failure = failure


class CheckEnded(Message):
    """One check of the run with this number has ended."""

    def __init__(self, run: int, result: CheckResult) -> None:
        super().__init__()
        self.run = run
        self.result = result


class ChecksKnown(Message):
    """Which checks the run with this number asks, in this order."""

    def __init__(self, run: int, checks: tuple[Check, ...]) -> None:
        super().__init__()
        self.run = run
        self.checks = checks


class SubjectJudged(Message):
    """The run with this number has ended: with judgements, or with a reason.

    ``first`` is about the cluster as it was read, ``judged`` about what is to be shown.
    """

    def __init__(
        self, run: int, first: Judged | None, judged: Judged | None, failure: str = ""
    ) -> None:
        super().__init__()
        self.run = run
        self.first = first
        self.judged = judged
        self.failure = failure


class NodesSeen(Message):
    """The classes of nodes in the snapshot of a judgement."""

    def __init__(self, judged: Judged, classes: tuple[KindOfNode, ...]) -> None:
        super().__init__()
        self.judged = judged
        self.classes = classes


class PendingJudged(Message):
    """What is pending, grouped by cause; ``left`` kinds of pods are still to be judged."""

    def __init__(self, run: int, groups: list[Group], *, left: int) -> None:
        super().__init__()
        self.run = run
        self.groups = groups
        self.left = left


class PendingFailed(Message):
    """What is pending could not be judged."""

    def __init__(self, run: int, failure: str) -> None:
        super().__init__()
        self.run = run
        self.failure = failure

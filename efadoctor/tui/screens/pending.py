"""The start: what is pending, grouped by cause, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from efadoctor.model.reference import reference
from efadoctor.model.report import Report
from efadoctor.model.snapshot import EPOCH, Snapshot
from efadoctor.report import wording
from efadoctor.tui.drawing.pending import Group, group_of, newest_first
from efadoctor.tui.messages import PendingFailed, PendingJudged
from efadoctor.tui.screens.reading_screen import ReadingScreen
from efadoctor.tui.widgets.filter_bar import FilterBar
from efadoctor.tui.widgets.key_bar import KeyBar
from efadoctor.tui.widgets.line_list import LineList
from efadoctor.tui.widgets.pending_list import PendingList
from efadoctor.tui.widgets.preview import Preview
from efadoctor.tui.widgets.title_bar import TitleBar
from efadoctor.tui.work.background import AbandonedError, in_background, reason_of
from efadoctor.tui.work.often import Often

_NARROWEST = 20


class PendingScreen(ReadingScreen):
    """One line a cause; ``enter`` opens its diagnosis."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/"),
        Binding("r", "again", "read again"),
    ]

    def __init__(self, namespace: str | None = None) -> None:
        super().__init__()
        self._namespace = namespace
        self._snapshot: Snapshot | None = None
        self._next: Snapshot | None = None
        self._groups: Sequence[Group] = ()
        self._run = 0
        self._left = 0
        self._said = "reading the cluster…"

    def compose(self) -> ComposeResult:
        yield TitleBar(self.app.title)
        yield PendingList(id="pending")
        yield Preview(self.reader.checks)
        yield FilterBar()
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(PendingList).focus()
        self._draw()

    @property
    def is_judged(self) -> bool:
        """Whether all that was read has been judged."""
        return self._run > 0 and self._left == 0

    # ---- what comes in ------------------------------------------------------

    def take(self, snapshot: Snapshot) -> None:
        """Judge what is pending in the cluster as it is now; the old lines stay meanwhile."""
        if self._left:
            self._next = snapshot  # or a cluster that never rests would never be judged
            return
        self._snapshot = snapshot
        self._run += 1
        self._left = -1
        self._said = "looking for what is pending…"
        self._draw()
        self.run_worker(self._judge(self._run, snapshot), group="judging", exclusive=True)

    def tell_reading(self, text: str) -> None:
        """How far the reading is."""
        self.query_one(TitleBar).going_on = text

    def tell_failure(self, text: str) -> None:
        """That nothing could be read."""
        self.query_one(TitleBar).going_on = ""
        self._said = f"✗ {text}"
        self._draw()

    async def _judge(self, run: int, snapshot: Snapshot) -> None:
        namespace, checks = self._namespace, self.reader.checks

        def observe(*_: object) -> None:
            if run != self._run or not self.is_attached:
                raise AbandonedError

        def work() -> None:
            from efadoctor.diagnosis import (
                each_pending,
                grouped,
                pending_kinds,
            )

            kinds = pending_kinds(snapshot, namespace)
            groups = [group_of([reference(p) for p in kind], snapshot, None) for kind in kinds]
            self.post_message(PendingJudged(run, newest_first(groups), left=len(groups)))
            reports: list[Report] = []
            often = Often()
            for report in each_pending(snapshot, namespace, checks=checks, observe=observe):
                reports.append(report)
                left = len(groups) - len(reports)
                if left == 0 or often.now():
                    joined = [group_of(r.subjects, snapshot, r) for r in grouped(reports)]
                    waiting = groups[len(reports) :]
                    shown = newest_first([*joined, *waiting])
                    self.post_message(PendingJudged(run, shown, left=left))

        try:
            await in_background(work)
        except AbandonedError:
            return
        except Exception as error:  # noqa: BLE001  (shown where the list would be)
            self.post_message(PendingFailed(run, reason_of(error)))

    def on_pending_judged(self, message: PendingJudged) -> None:
        if message.run != self._run or self._snapshot is None:
            return
        self._groups = message.groups
        self._left = message.left
        self._go_on()
        self._said = "" if message.groups else self._nothing(self._snapshot)
        bar = self.query_one(TitleBar)
        bar.going_on = f"{message.left:,} to judge" if message.left else ""
        report = next((g.report for g in message.groups if g.report is not None), None)
        if report is not None:
            bar.say_place(wording.source_text(report))
        self._draw()

    def on_pending_failed(self, message: PendingFailed) -> None:
        if message.run == self._run:
            self._left = 0
            self.tell_failure(message.failure)
            self._go_on()

    def _go_on(self) -> None:
        """What has come in meanwhile is next."""
        if self._left == 0 and self._next is not None:
            following, self._next = self._next, None
            self.call_later(self.take, following)

    def _nothing(self, snapshot: Snapshot) -> str:
        from efadoctor.model.kubernetes import Pod

        if not snapshot.was_read(Pod):
            return "? Cannot tell what is pending: the pods could not be read."
        where = f"namespace {self._namespace}" if self._namespace else "the cluster"
        return f"✓ Nothing is pending in {where}."

    # ---- what one does ------------------------------------------------------

    def action_filter(self) -> None:
        self.query_one(FilterBar).open_for(self.query_one(PendingList))

    def on_resize(self) -> None:
        self._draw()

    def on_line_list_moved(self, message: LineList.Moved) -> None:
        self._preview(message.key)

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        self.reader.open_subject(message.key)

    def _draw(self) -> None:
        width = max(self.size.width - 3, _NARROWEST)
        now = self._snapshot.now if self._snapshot is not None else EPOCH
        lines = self.query_one(PendingList)
        lines.show_groups(self._groups, now, width, self._said)
        self._preview(lines.key)

    def _preview(self, key: str) -> None:
        self.query_one(Preview).show(next((g for g in self._groups if g.key == key), None))

"""The start: what is pending, grouped by cause, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen

from efadoctor.model.clock import parse_time
from efadoctor.model.kubernetes import Pod
from efadoctor.model.report import Report
from efadoctor.model.snapshot import Snapshot
from efadoctor.report import wording
from efadoctor.tui.drawing.states import VERDICTS
from efadoctor.tui.messages import PendingJudged
from efadoctor.tui.widgets.filter_bar import FilterBar
from efadoctor.tui.widgets.key_bar import KeyBar
from efadoctor.tui.widgets.line_list import Line, LineList
from efadoctor.tui.widgets.title_bar import TitleBar
from efadoctor.tui.work.background import AbandonedError, in_background, reason_of


class PendingScreen(Screen[None]):
    """One line a cause; ``enter`` opens its diagnosis."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/"),
        Binding("r", "again", "read again"),
    ]

    def __init__(self, namespace: str | None = None) -> None:
        super().__init__()
        self._namespace = namespace
        self._snapshot: Snapshot | None = None
        self._reports: tuple[Report, ...] = ()
        self._run = 0
        self._said = "reading the cluster…"

    def compose(self) -> ComposeResult:
        yield TitleBar(self.app.title)
        yield LineList(id="pending")
        yield FilterBar()
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(LineList).focus()
        self._draw()

    def take(self, snapshot: Snapshot) -> None:
        """This is the cluster now."""
        self._snapshot = snapshot
        self._run += 1
        self._said = "judging what is pending…"
        self._draw()
        self.run_worker(self._judge(self._run, snapshot), group="judging", exclusive=True)

    def tell_reading(self, text: str) -> None:
        """How far the reading is."""
        self.query_one(TitleBar).going_on = text

    def tell_failure(self, text: str) -> None:
        """That nothing could be read."""
        self._said = text
        self._draw()

    def action_again(self) -> None:
        self.app.read_again()  # type: ignore[attr-defined]  # the app is ours

    def action_filter(self) -> None:
        self.query_one(FilterBar).open_for(self.query_one(LineList))

    async def _judge(self, run: int, snapshot: Snapshot) -> None:
        namespace = self._namespace

        def work() -> tuple[Report, ...]:
            from efadoctor.diagnosis import diagnose_pending  # noqa: PLC0415

            return diagnose_pending(snapshot, namespace, observe=observe)

        def observe(*_: object) -> None:
            if run != self._run or not self.is_attached:
                raise AbandonedError

        try:
            reports = await in_background(work)
        except AbandonedError:
            return
        except Exception as error:  # noqa: BLE001  (shown where the list would be)
            self._said = reason_of(error)
            self._draw()
            return
        self.post_message(PendingJudged(run, reports, done=True))

    def on_pending_judged(self, message: PendingJudged) -> None:
        if message.run != self._run:
            return
        self._reports = message.reports
        self._said = "" if message.reports else "Nothing is pending."
        self.query_one(TitleBar).going_on = ""
        if message.reports:
            self.query_one(TitleBar).say_place(wording.source_text(message.reports[0]))
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        self.app.open_subject(message.key)  # type: ignore[attr-defined]  # the app is ours

    def _draw(self) -> None:
        width = self.size.width - 2
        lines: list[Line] = []
        if self._reports:
            lines = list(_lines(self._reports, self._snapshot, max(width, 20)))
        if self._said:
            lines.append(Line(Content.styled(f"  {self._said}", "$muted")))
        self.query_one(LineList).show(lines)


def _lines(reports: Sequence[Report], snapshot: Snapshot | None, width: int) -> Iterator[Line]:
    aged = [(_since(r, snapshot), r) for r in reports]
    now = snapshot.now if snapshot is not None else None
    aged.sort(key=lambda pair: pair[0].timestamp() if pair[0] else 0.0, reverse=True)
    name = max(min(max(len(wording.subject_name(r.subjects[0])) for r in reports), width // 3), 8)
    yield Line(Content.styled(f"  {'WHAT':<{name}}  {'PODS':>5}  {'AGE':>4}  WHY", "$muted"))
    for since, report in aged:
        age = _age(now - since) if now is not None and since is not None else ""
        key = _key(report)
        yield Line(_line(report, name, age, width), key, _sought(report))


def _key(report: Report) -> str:
    subject = report.subjects[0]
    return f"{subject.namespace}/{subject.name}"


def _sought(report: Report) -> str:
    codes = " ".join(f.code for f in report.root_causes)
    names = " ".join(wording.subject_name(s) for s in report.subjects)
    return f"{names} {codes} {report.verdict.value} {report.summary}"


def _line(report: Report, name: int, age: str, width: int) -> Content:
    glyph, style = VERDICTS[report.verdict]
    what = Content.styled(wording.subject_name(report.subjects[0]), "bold $strong")
    what = what.truncate(name, ellipsis=True)
    codes = " ".join(dict.fromkeys(f.code for f in report.root_causes))
    why = Content.assemble(
        (codes or report.verdict.value, f"bold {style}"),
        ("  ", ""),
        (wording.one_line(report.summary), "$foreground"),
    )
    content = Content.assemble(
        (f"{glyph} ", f"bold {style}"),
        what,
        " " * (name - what.cell_length),
        (f"  {len(report.subjects):>5,}  {age:>4}  ", "$muted"),
        why,
    )
    return content.truncate(width, ellipsis=True)


def _since(report: Report, snapshot: Snapshot | None) -> datetime | None:
    """When the newest of the pods was made."""
    if snapshot is None:
        return None
    pods = (snapshot.get(Pod, s.name, s.namespace) for s in report.subjects)
    times = (parse_time(p.metadata.creation_timestamp) for p in pods if p is not None)
    return max((t for t in times if t), default=None)


def _age(past: timedelta) -> str:
    """As kubectl writes it, to two digits."""
    seconds = max(int(past.total_seconds()), 0)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"

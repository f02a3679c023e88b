"""An object as YAML, at the line of a field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen

from efadoctor.model.finding import Evidence
from efadoctor.model.snapshot import Snapshot
from efadoctor.report import wording
from efadoctor.tui.drawing.yaml_lines import Document, document_of
from efadoctor.tui.widgets.key_bar import KeyBar
from efadoctor.tui.widgets.line_list import Line, LineList
from efadoctor.tui.widgets.title_bar import TitleBar


class YamlScreen(Screen[None]):
    """The objects of some evidence, one after another."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "back", key_display="esc"),
        Binding("n,tab", "turn(1)", "next evidence", key_display="n"),
        Binding("N,shift+tab", "turn(-1)", "previous", show=False),
        Binding("c", "copy", "copy"),
    ]

    def __init__(self, snapshot: Snapshot, evidence: Sequence[Evidence]) -> None:
        super().__init__()
        self._snapshot = snapshot
        self._evidence = list(evidence)
        self._number = 0
        self._document: Document | None = None

    def compose(self) -> ComposeResult:
        yield TitleBar("YAML")
        yield LineList(id="yaml")
        yield KeyBar()

    def on_mount(self) -> None:
        self._show()

    def action_turn(self, step: int) -> None:
        self._number = (self._number + step) % len(self._evidence)
        self._show()

    def action_copy(self) -> None:
        if self._document is not None:
            self.app.copy_to_clipboard("\n".join(self._document.lines) + "\n")
            self.notify("Copied.", markup=False)

    def _show(self) -> None:
        evidence = self._evidence[self._number]
        view = self._snapshot.find(evidence.object)
        bar, lines = self.query_one(TitleBar), self.query_one(LineList)
        count = f"{self._number + 1}/{len(self._evidence)} " if len(self._evidence) > 1 else ""
        bar.say_place(f"{count}{wording.object_name(evidence.object)}  {evidence.field}")
        if view is None:
            self._document = None
            lines.show([Line(Content("This object was not read, or is yet to be made."))])
            return
        self._document = document = document_of(view)
        marked = document.line_of(evidence.field)
        keyed = frozenset(document.places.values())
        lines.show(
            [
                Line(
                    _line(text, number, keyed=number in keyed, marked=number == marked),
                    str(number),
                    text.strip(),
                )
                for number, text in enumerate(document.lines)
            ]
        )
        if marked is not None:
            lines.stand_on(str(marked))
            self.call_after_refresh(
                lines.scroll_to, y=max(marked - lines.size.height // 3, 0), animate=False
            )


def _line(text: str, number: int, *, keyed: bool, marked: bool) -> Content:
    gutter = (f"{number + 1:>5} ", "bold $badge" if marked else "$faint")
    mark = ("▶ ", "bold $badge") if marked else ("  ", "")
    name, colon, value = text.partition(": ") if ": " in text else text.partition(":")
    if not colon or not keyed:
        return Content.assemble(gutter, mark, text)
    return Content.assemble(gutter, mark, (name, "$key"), (colon, "$muted"), value)

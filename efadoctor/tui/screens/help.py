"""Every key that works here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen

from efadoctor.tui.drawing.states import State
from efadoctor.tui.widgets.line_list import Line, LineList


class HelpScreen(ModalScreen[None]):
    """The keys of the screen below, and what the shapes mean."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss", "back", key_display="esc")
    ]

    def __init__(self, bindings: list[tuple[str, str]]) -> None:
        super().__init__()
        self._bindings_below = bindings

    def compose(self) -> ComposeResult:
        yield LineList(id="help")

    def on_mount(self) -> None:
        lines = self.query_one(LineList)
        lines.border_title = "keys"
        lines.border_subtitle = "esc closes"
        lines.show(list(self._lines()))

    def _lines(self) -> Iterator[Line]:
        for key, description in self._bindings_below:
            yield Line(Content.assemble((f" {key:>13}  ", "bold $key"), description))
        yield Line(Content())
        shapes = [
            Content.assemble((f"{s.glyph} ", s.style), (f"{s.word}  ", "$muted")) for s in State
        ]
        for start in range(0, len(shapes), 3):
            yield Line(Content("  ").join([Content(" "), *shapes[start : start + 3]]))

"""The page of a code, as its docstring says it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from efadoctor.authoring import Check
from efadoctor.tui.drawing.page import page_lines
from efadoctor.tui.widgets.key_bar import KeyBar
from efadoctor.tui.widgets.line_list import Line, LineList
from efadoctor.tui.widgets.title_bar import TitleBar


class PageScreen(Screen[None]):
    """What a check checks, why it matters, and where that is written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,d", "dismiss", "back", key_display="esc"),
        Binding("c", "copy", "copy the link"),
    ]

    def __init__(self, check: Check) -> None:
        super().__init__()
        self._check = check

    def compose(self) -> ComposeResult:
        yield TitleBar(self._check.code, f"{self._check.name}  {self._check.docs}")
        yield LineList(id="page")
        yield KeyBar()

    def on_resize(self) -> None:
        width = min(self.size.width - 4, 100)
        self.query_one(LineList).show([Line(c) for c in page_lines(self._check, width)])

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._check.docs)
        self.notify(f"Copied {self._check.docs}", markup=False)

"""The line in which a filter is typed."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from efadoctor.tui.widgets.line_list import LineList


class FilterBar(Input):
    """Narrows a list while one types; ``enter`` keeps the filter, ``esc`` drops it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "drop", "drop the filter")]

    def __init__(self) -> None:
        super().__init__(placeholder="filter", select_on_focus=False)
        self._list: LineList | None = None
        self.display = False

    def open_for(self, lines: LineList) -> None:
        """Filter this list."""
        self._list = lines
        self.display = True
        self.value = lines.wanted
        self.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._list is not None and self._list.wanted != event.value:
            self._list.wanted = event.value

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._close()

    def action_drop(self) -> None:
        self.value = ""
        if self._list is not None:
            self._list.wanted = ""
        self._close()

    def _close(self) -> None:
        self.display = bool(self.value)
        if self._list is not None:
            self._list.focus()

"""The names of the panes, each with its number."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message

from efadoctor.tui.widgets.prose import Prose


class TabBar(Prose):
    """Shows which pane is open; a click opens another."""

    class Chosen(Message):
        """A name was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = list(names)
        self._open = 0
        self._places: list[tuple[int, int]] = []

    def show(self, number: int) -> None:
        """Mark the pane of this number, from 0."""
        self._open = number
        self.renew()

    def content(self, width: int) -> Content:
        full = sum(len(n) + 5 for n in self._names) <= width
        parts: list[tuple[str, str]] = []
        self._places = []
        x = 0
        for number, name in enumerate(self._names):
            here = number == self._open
            text = f" {number + 1} {name} " if full or here else f" {number + 1} "
            parts.append((text, "bold reverse $key" if here else "$muted"))
            parts.append((" ", ""))
            self._places.append((x, x + len(text)))
            x += len(text) + 1
        return Content.assemble(*parts).truncate(width)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        for number, (start, end) in enumerate(self._places):
            if offset is not None and start <= offset.x < end:
                self.post_message(self.Chosen(number))

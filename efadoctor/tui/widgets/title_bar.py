"""The first line: whose cluster this is, and how old what is seen."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from efadoctor.tui.widgets.prose import Prose


class TitleBar(Prose):
    """``efadoctor``, what is shown, and on the right what is going on."""

    going_on: reactive[str] = reactive("")

    def __init__(self, title: str, place: str = "") -> None:
        super().__init__()
        self._title = title
        self._place = place

    def say_place(self, place: str) -> None:
        """Where the facts come from."""
        self._place = place
        self.renew()

    def watch_going_on(self) -> None:
        self.renew()

    def content(self, width: int) -> Content:
        left = Content.assemble(("efadoctor", "bold $key"), ("  ", ""), (self._title, "$strong"))
        right = Content.styled(self.going_on, "$key") if self.going_on else Content.empty()
        room = width - left.cell_length - right.cell_length - 4
        if self._place and room > len("cluster"):
            place = Content.styled(self._place, "$muted").truncate(room, ellipsis=True)
            left = Content.assemble(left, ("  ", ""), place)
        left = left.truncate(max(width - right.cell_length - 1, 0), ellipsis=True)
        fill = max(width - left.cell_length - right.cell_length, 0)
        return Content.assemble(left, " " * fill, right)

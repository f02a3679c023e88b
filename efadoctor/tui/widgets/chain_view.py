"""The chain, alive: the checks as they end, then causes and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.widget import Widget

from efadoctor.tui.drawing.chain import Chain, Link
from efadoctor.tui.drawing.chain_drawing import Drawing, Place, draw_chain
from efadoctor.tui.widgets.prose import Prose

_HIGH = 30
"""Rows of the terminal from which the chain has a line to spare."""


class ChainView(Prose, can_focus=True):
    """Draws a chain and lets one link of it be chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,right,j,l", "step(1)", "causes", key_display="j/k"),
        Binding("up,left,k,h", "step(-1)", show=False),
    ]

    class Chosen(Message):
        """Another link was chosen."""

        def __init__(self, link: Link) -> None:
            super().__init__()
            self.link = link

    def __init__(self, chain: Chain) -> None:
        super().__init__()
        self._chain = chain
        self._drawing: Drawing | None = None
        self._chosen = ""
        self._by_hand = False

    def show(self, chain: Chain) -> None:
        """Show another chain; the chosen link stays, or its first becomes the chosen one."""
        self._chain = chain
        keys = [link.key for link in chain.links]
        if self._chosen not in keys or not self._by_hand:
            self._by_hand = False
            drawn = draw_chain(chain, self.content_size.width or self.app.size.width)
            roots = [link.key for link in chain.links if link.root]
            self._chosen = next((key for key in (*roots, *drawn.places)), "")
        self.renew()
        self._tell()

    @property
    def chosen(self) -> Link | None:
        """The link that is chosen."""
        return next((link for link in self._chain.links if link.key == self._chosen), None)

    def choose(self, key: str) -> None:
        """Choose the link of this key; it stays chosen as long as it is there."""
        self._chosen = key
        self._by_hand = True
        self.renew()
        self._tell()

    def _tell(self) -> None:
        link = self.chosen
        if link is not None:
            self.post_message(self.Chosen(link))
            self.call_after_refresh(self._reveal)

    def _reveal(self) -> None:
        place = self._places.get(self._chosen)
        parent = self.parent
        if place is not None and isinstance(parent, VerticalScroll):
            top = 0 if place.y <= 3 else place.y  # noqa: PLR2004  (the names of the stages)
            parent.scroll_to_region(Region(0, top, 1, place.y - top + 1), animate=False, force=True)

    @property
    def _places(self) -> Mapping[str, Place]:
        return self._drawing.places if self._drawing is not None else {}

    def content(self, width: int) -> Content:
        self._drawing = draw_chain(
            self._chain, width, self._chosen, dense=self.app.size.height < _HIGH
        )
        return Content("\n").join(self._drawing.lines)

    def action_step(self, step: int) -> None:
        keys = list(self._places)
        if not keys:
            return
        at = keys.index(self._chosen) if self._chosen in keys else -step
        self.choose(keys[(at + step) % len(keys)])

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        for key, place in self._places.items():
            if offset is not None and place.y == offset.y and place.x <= offset.x < place.end:
                self.choose(key)


def chain_box(view: ChainView) -> Widget:
    """The view in a box that scrolls where the chain is higher than its share."""
    return VerticalScroll(view, can_focus=False, id="chain-box")

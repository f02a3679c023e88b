"""Text that is laid out for the width it gets."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget


class Prose(Widget):
    """Shows what ``content`` makes of a width; as high as that is."""

    def content(self, width: int) -> Content:
        """The text for this many columns."""
        raise NotImplementedError

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        del container, viewport
        return self._made(width).get_height({}, max(width, 1))

    def render(self) -> Content:
        return self._made(self.content_size.width or self.app.size.width)

    def renew(self) -> None:
        """Make the text anew: what it says has changed."""
        self._last: tuple[int, Content] | None = None
        self.refresh(layout=True)

    def _made(self, width: int) -> Content:
        width = max(width, 1)
        last = getattr(self, "_last", None)
        if last is None or last[0] != width:
            self._last = last = (width, self.content(width))
        made: Content = last[1]
        return made

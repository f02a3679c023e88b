"""A sheet of characters on which text and right-angled lines are put."""

from __future__ import annotations

from textual.content import Content

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8

_JOINTS = {
    LEFT | RIGHT: "─",
    LEFT: "─",
    RIGHT: "─",
    UP | DOWN: "│",
    UP: "│",
    DOWN: "│",
    DOWN | RIGHT: "╭",
    DOWN | LEFT: "╮",
    UP | RIGHT: "╰",
    UP | LEFT: "╯",
    UP | DOWN | RIGHT: "├",
    UP | DOWN | LEFT: "┤",
    LEFT | RIGHT | DOWN: "┬",
    LEFT | RIGHT | UP: "┴",
    UP | DOWN | LEFT | RIGHT: "┼",
}


class Canvas:
    """``width`` columns, and as many rows as are drawn on. Text stands above lines."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._text: dict[tuple[int, int], tuple[str, str]] = {}
        self._lines: dict[tuple[int, int], tuple[int, str]] = {}
        self._height = 0

    def text(self, x: int, y: int, text: str, style: str = "") -> int:
        """Put one-column characters down; returns the column after them."""
        for offset, character in enumerate(text):
            if 0 <= x + offset < self.width:
                self._text[x + offset, y] = (character, style)
        self._height = max(self._height, y + 1)
        return x + len(text)

    def across(self, x: int, end: int, y: int, style: str) -> None:
        """A line from ``x`` to ``end`` in row ``y``, both included."""
        for column in range(x, end + 1):
            bits = (LEFT if column > x else 0) | (RIGHT if column < end else 0)
            self._join(column, y, bits, style)

    def down(self, x: int, y: int, end: int, style: str) -> None:
        """A line in column ``x`` between two rows, both included."""
        top, bottom = min(y, end), max(y, end)
        for row in range(top, bottom + 1):
            bits = (UP if row > top else 0) | (DOWN if row < bottom else 0)
            self._join(x, row, bits, style)

    def _join(self, x: int, y: int, bits: int, style: str) -> None:
        if 0 <= x < self.width:
            before, _ = self._lines.get((x, y), (0, ""))
            self._lines[x, y] = (before | bits, style)
            self._height = max(self._height, y + 1)

    def lines(self) -> list[Content]:
        """The rows, each as wide as what stands in it."""
        return [self._row(y) for y in range(self._height)]

    def _row(self, y: int) -> Content:
        parts: list[tuple[str, str]] = []
        for x in range(self.width):
            if (x, y) in self._text:
                character, style = self._text[x, y]
            elif (x, y) in self._lines:
                bits, style = self._lines[x, y]
                character = _JOINTS.get(bits, " ")
            else:
                character, style = " ", ""
            if parts and parts[-1][1] == style:
                parts[-1] = (parts[-1][0] + character, style)
            else:
                parts.append((character, style))
        return Content.assemble(*parts).rstrip()

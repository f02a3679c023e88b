"""A list of lines, of any length: only what is seen is ever drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual


class Line(NamedTuple):
    """One line.

    ``key`` names it where the cursor may stand on it; ``find`` is what a filter looks at, and
    the first letter that a jump looks for. Both texts may be made when they are needed.
    ``of`` is the key of the line above that it goes on with: it is seen where that is.
    """

    content: Content | Callable[[], Content]
    key: str = ""
    find: str | Callable[[], str] = ""
    of: str = ""

    @property
    def shown(self) -> Content:
        """What is seen."""
        return self.content() if callable(self.content) else self.content

    @property
    def sought(self) -> str:
        """What a filter and a jump look at, in lower case."""
        return (self.find() if callable(self.find) else self.find).casefold()


def item(contents: Iterable[Content], key: str, find: str | Callable[[], str]) -> Iterator[Line]:
    """One thing on several lines: the cursor stands on the first, the others go with it."""
    for number, content in enumerate(contents):
        yield Line(content, of=key) if number else Line(content, key, find)


class LineList(ScrollView, can_focus=True):
    """Lines with a cursor on those that have a key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "down", show=False),
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "page down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "page up", show=False),
        Binding("home,g", "first", "first", show=False),
        Binding("end,G", "last", "last", show=False),
        Binding("f", "jump", "jump to a letter", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-list--cursor", "line-list--cursor-blurred"}

    cursor: reactive[int] = reactive(-1)

    class Moved(Message):
        """The cursor stands on another line."""

        def __init__(self, sender: LineList, key: str) -> None:
            super().__init__()
            self.sender = sender
            self.key = key

        @property
        def control(self) -> LineList:
            return self.sender

    class Chosen(Moved):
        """The line under the cursor was chosen."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._all: Sequence[Line] = ()
        self._lines: Sequence[Line] = ()
        self._wanted = ""
        self._jumping = False

    # ---- lines --------------------------------------------------------------

    def show(self, lines: Sequence[Line]) -> None:
        """Show other lines; the cursor stays on the line of its key, if that is still there."""
        self._all = lines
        self._filtered()

    @property
    def columns(self) -> int:
        """How wide a line may be: the scrollbar has its own column, whether it is there or not."""
        return self.scrollable_size.width

    @property
    def wanted(self) -> str:
        """What a line must contain, in any case, to be seen."""
        return self._wanted

    @wanted.setter
    def wanted(self, text: str) -> None:
        self._wanted = text
        self._filtered()

    @property
    def key(self) -> str:
        """The key of the line under the cursor, "" where there is none."""
        return self._lines[self.cursor].key if 0 <= self.cursor < len(self._lines) else ""

    @property
    def lines(self) -> Sequence[Line]:
        """The lines that pass the filter."""
        return self._lines

    def stand_on(self, key: str) -> None:
        """Put the cursor on the line of this key, where there is one."""
        for number, line in enumerate(self._lines):
            if line.key == key:
                self.cursor = number
                return

    def _filtered(self) -> None:
        before = self.key
        self._lines = self._passing(self._wanted.casefold()) if self._wanted else self._all
        self.virtual_size = Size(self.columns, len(self._lines))
        number = next((n for n, line in enumerate(self._lines) if line.key == before), -1)
        if not before or number < 0:
            number = self._selectable(-1, 1)
        self.set_reactive(LineList.cursor, number)
        self._reveal()
        self.refresh()
        self.post_message(self.Moved(self, self.key))

    def _passing(self, wanted: str) -> Sequence[Line]:
        found = {line.key for line in self._all if line.key and wanted in line.sought}
        return [
            line for line in self._all if not (line.key or line.of) or {line.key, line.of} & found
        ]

    # ---- drawing ------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        number = y + self.scroll_offset.y
        width = self.columns
        if number >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        style = self.visual_style
        if number == self.cursor:
            name = "line-list--cursor" if self.has_focus else "line-list--cursor-blurred"
            style = style + self.get_visual_style(name)
        content = self._lines[number].shown
        strips = Visual.to_strips(self, content.truncate(width), width, 1, style, pad=True)
        return strips[0] if strips else Strip([Segment(" " * width, style.rich_style)])

    def on_resize(self) -> None:
        self.virtual_size = Size(self.columns, len(self._lines))

    # ---- moving -------------------------------------------------------------

    def watch_cursor(self) -> None:
        self._reveal()
        self.refresh()
        self.post_message(self.Moved(self, self.key))

    def _reveal(self) -> None:
        if self.cursor >= 0 and self.size.height:
            top = 0 if self.cursor == self._selectable(-1, 1) else self.cursor
            end = self.cursor + 1
            while end < len(self._lines) and self.key and self._lines[end].of == self.key:
                end += 1
            end = min(end, max(self.cursor + 1, top + self.size.height))
            region = Region(0, top, 1, end - top)
            self.scroll_to_region(region, animate=False, force=True)

    def _selectable(self, start: int, step: int) -> int:
        number = start + step
        while 0 <= number < len(self._lines):
            if self._lines[number].key:
                return number
            number += step
        return -1

    def action_move(self, step: int) -> None:
        number = self._selectable(self.cursor, step)
        if number >= 0:
            self.cursor = number
        elif self.cursor < 0:
            self.scroll_relative(y=step, animate=False)

    def action_page(self, step: int) -> None:
        target = self.cursor + step * max(self.size.height - 1, 1)
        target = max(0, min(target, len(self._lines) - 1))
        number = self._selectable(target - step, step)
        if number < 0:
            number = self._selectable(target + step, -step)
        if number >= 0:
            self.cursor = number
        else:
            self.scroll_relative(y=step * self.size.height, animate=False)

    def action_first(self) -> None:
        self.cursor = self._selectable(-1, 1)

    def action_last(self) -> None:
        self.cursor = self._selectable(len(self._lines), -1)

    def action_choose(self) -> None:
        if self.key:
            self.post_message(self.Chosen(self, self.key))

    def action_jump(self) -> None:
        """The next key is a letter: go to the next line that begins with it."""
        self._jumping = True

    def on_key(self, event: events.Key) -> None:
        if not self._jumping:
            return
        self._jumping = False
        event.stop()
        event.prevent_default()
        letter = (event.character or "").casefold()
        count = len(self._lines)
        for step in range(1, count + 1):
            number = (self.cursor + step) % count
            line = self._lines[number]
            if letter and line.key and line.sought.startswith(letter):
                self.cursor = number
                return

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        number = offset.y + self.scroll_offset.y
        if number < len(self._lines) and self._lines[number].key:
            again = number == self.cursor
            self.cursor = number
            if again:
                self.action_choose()

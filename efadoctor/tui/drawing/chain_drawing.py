"""Lays the chain out: stages side by side where there is room, else one below the other."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from textual.content import Content

from efadoctor.model.finding import Stage
from efadoctor.tui.drawing.canvas import Canvas
from efadoctor.tui.drawing.chain import Chain, Link
from efadoctor.tui.drawing.states import State

NARROW = 76
"""Columns below which stages do not fit side by side."""

_SHORT = {
    Stage.POD: "pod",
    Stage.PROVISIONING: "provis.",
    Stage.NODE: "node",
    Stage.PLUGIN: "plugin",
    Stage.ALLOCATABLE: "alloc.",
    Stage.NETWORK: "network",
    Stage.PLACEMENT: "placem.",
    Stage.RUNTIME: "runtime",
}
_GAP = 3
_GAPS = (3, 2, 1)  # columns between stages, as many as there is room for
_LABEL = 8  # a glyph, a space, a code
_HEAD = 2  # the names and the strips


class Place(msgspec.Struct, frozen=True):
    """Where a link stands: row, first column, column after the last."""

    y: int
    x: int
    end: int


class Drawing(msgspec.Struct, frozen=True):
    """The lines, and where each link is, in the order in which one goes through them."""

    lines: tuple[Content, ...]
    places: Mapping[str, Place]


def draw_chain(chain: Chain, width: int, selected: str = "", *, dense: bool = False) -> Drawing:
    """The chain in ``width`` columns, one link of it marked; ``dense`` saves a line."""
    if width < NARROW:
        return _Tower(chain, width, selected).drawing()
    return _Row(chain, width, selected, first=_HEAD if dense else _HEAD + 1).drawing()


def _short_widths() -> list[int]:
    return [max(len(_SHORT[stage]), _LABEL) for stage in Stage]


def _style(link: Link, selected: str) -> str:
    style = link.state.style
    if link.state is State.FAILED and not link.root:
        style = "$fail"
    return f"{style} reverse" if link.key == selected else style


def _ordered(places: Mapping[str, Place]) -> dict[str, Place]:
    return dict(sorted(places.items(), key=lambda item: (item[1].y, item[1].x)))


# ---- side by side -----------------------------------------------------------


class _Row:
    """Stages as columns; each root cause has a row, from itself to what it comes to."""

    def __init__(self, chain: Chain, width: int, selected: str, first: int) -> None:
        self._chain = chain
        self._selected = selected
        self._first = first
        self._canvas = Canvas(width)
        self._order = list(Stage)
        end = width - (len(chain.outcome) + 4 if chain.outcome else 0)
        # where the stages themselves lead to the outcome, they come first
        self._leads_on = self._is_free and sum(_short_widths()) + len(Stage) <= end
        self._end = width if self._is_free and not self._leads_on else end
        self._columns = self._laid_out(self._end)
        self._rows: list[dict[int, Link]] = []
        self._at: dict[str, tuple[int, int]] = {}
        self._below: dict[str, bool] = {}
        self._places: dict[str, Place] = {}

    def drawing(self) -> Drawing:
        self._heads()
        self._arrange()
        for row, links in enumerate(self._rows):
            for column, link in links.items():
                self._label(row, column, link)
        for cause, consequence in self._chain.edges:
            self._edge(cause, consequence)
        self._outcome()
        return Drawing(tuple(self._canvas.lines()), _ordered(self._places))

    def _laid_out(self, end: int) -> list[int]:
        """The first column of each stage: as wide as it needs, what is left shared out."""
        strips = [max(len(s.value), len(self._chain.stages[s]), _LABEL) for s in self._order]
        names = [max(len(s.value), _LABEL) for s in self._order]
        short = _short_widths()
        sizes = [(widths, gap) for widths in (strips, names) for gap in _GAPS]
        fitting = ((w, g) for w, g in sizes if sum(w) + g * len(w) <= end)
        widths, gap = next(fitting, (short, 1))
        self._short = widths is short
        needs = [width + gap for width in widths]
        spare = max(end - sum(needs), 0) // len(needs)
        columns = [0]
        for need in needs[:-1]:
            columns.append(columns[-1] + need + spare)
        return columns

    def _heads(self) -> None:
        canvas = self._canvas
        ends = [*self._columns[1:], self._end]
        for stage, x, end in zip(self._order, self._columns, ends, strict=True):
            name = _SHORT[stage] if self._short else stage.value
            after = canvas.text(x, 0, name, _head_style(self._chain.stage_state(stage)))
            leads_on = stage is not self._order[-1] or self._leads_on
            if leads_on and end - after > _GAP:
                style = "$pass" if self._is_free else "$faint"
                canvas.text(after + 1, 0, "─" * (end - after - 3) + "▸", style)
            self._strip(stage, x, end - x - 1)
        if self._leads_on:
            canvas.text(self._end + 1, 0, self._chain.outcome, self._chain.outcome_style)

    @property
    def _is_free(self) -> bool:
        """Nothing stands in the way: the stages themselves lead to the outcome."""
        return bool(self._chain.outcome) and not any(link.root for link in self._chain.links)

    def _strip(self, stage: Stage, x: int, room: int) -> None:
        states = self._chain.stages[stage]
        if len(states) <= room:
            for state in states:
                x = self._canvas.text(x, 1, state.glyph, state.style)
            return
        for state in State:
            count = states.count(state)
            if count:
                x = self._canvas.text(x, 1, f"{state.glyph}{count}", state.style)

    def _column(self, link: Link) -> int:
        return self._order.index(link.stage)

    # ---- rows ---------------------------------------------------------------

    def _arrange(self) -> None:
        for link in self._chain.links:
            if link.root:
                self._put(link, len(self._rows))
                self._follow(link)
        self._taken = len(self._rows)
        for link in self._chain.links:
            if link.key not in self._at:
                self._put(link, self._free_row(self._column(link)))

    def _put(self, link: Link, row: int) -> None:
        while len(self._rows) <= row:
            self._rows.append({})
        column = self._column(link)
        self._rows[row][column] = link
        self._at[link.key] = (row, column)

    def _follow(self, cause: Link) -> None:
        """Consequences in the row of their cause where they come later, else in their own."""
        row, _ = self._at[cause.key]
        for link in self._chain.consequences(cause.key):
            if link.key in self._at:
                continue
            later = self._column(link) > max(self._rows[row]) and not self._short
            self._put(link, row if later else len(self._rows))
            self._below[link.key] = self._at[link.key][0] != row
            self._follow(link)

    def _free_row(self, column: int) -> int:
        """The first row below those of the causes that has room in this column."""
        for number in range(self._taken, len(self._rows)):
            if column not in self._rows[number]:
                return number
        return max(len(self._rows), self._taken)

    # ---- drawing ------------------------------------------------------------

    def _label(self, row: int, column: int, link: Link) -> None:
        y, x = row + self._first, self._start(column, link)
        leads_on = row < self._taken
        later = [c for c in self._rows[row] if c > column]
        if not self._short:
            after = map(self._column, self._chain.consequences(link.key))
            later += [c for c in after if c > column]
        limit = self._columns[min(later)] - 1 if later else self._end
        room = limit - x - (_GAP if leads_on else 0)
        style = _style(link, self._selected)
        text = f"{link.state.glyph} {link.label}"
        if len(text) > room:  # of "3 unknown" the number
            text = text.rpartition(" ")[0] if " " in link.label else text
        end = self._canvas.text(x, y, text, style)
        if link.name and len(text) + 1 + len(link.name) <= room:
            name = "$foreground" if link.root else "$muted"
            end = self._canvas.text(end, y, f" {link.name}", name)
        self._places[link.key] = Place(y, x, end)

    def _start(self, column: int, link: Link) -> int:
        """Where a link begins; below its cause, to the right of it, where it has no other room."""
        causes = [a for a, b in self._chain.edges if b == link.key and a in self._places]
        for cause in causes if self._below.get(link.key) else []:
            if self._short or self._at[cause][1] == column:
                return self._places[cause].x + 3
        return self._columns[column]

    def _edge(self, cause: str, consequence: str) -> None:
        start, end = self._places[cause], self._places[consequence]
        canvas, style = self._canvas, "$fail"
        if start.y == end.y and start.end < end.x:
            canvas.across(start.end + 1, end.x - 3, start.y, style)
        else:
            turn = end.x - 3
            if start.end <= turn:
                canvas.across(min(start.end + 1, turn), turn, start.y, style)
            canvas.down(turn, start.y, end.y, style)
            canvas.across(turn, turn + 1, end.y, style)
        canvas.text(end.x - 2, end.y, "▶", style)

    def _outcome(self) -> None:
        """Whatever has no further consequence leads to what it all comes to."""
        last = [
            self._places[link.key]
            for link in self._chain.links
            if self._at[link.key][0] < self._taken
            and link.state is State.FAILED
            and not self._chain.consequences(link.key)
        ]
        if not last:
            return
        canvas, bus = self._canvas, self._end
        rows = sorted(p.y for p in last)
        for place in last:
            canvas.across(place.end + 1, bus, place.y, "$fail")
        canvas.down(bus, rows[0], rows[-1], "$fail")
        middle = rows[len(rows) // 2] if len(rows) % 2 else (rows[0] + rows[-1]) // 2
        canvas.across(bus, bus + 1, middle, "$fail")
        x = canvas.text(bus + 1, middle, "▶ ", "$fail")
        canvas.text(x, middle, self._chain.outcome, self._chain.outcome_style)


def _head_style(state: State) -> str:
    if state in (State.FAILED, State.UNKNOWN, State.WARNING):
        return state.style if "bold" in state.style else f"{state.style} bold"
    return "$faint" if state is State.PENDING else "$muted"


# ---- one below the other ----------------------------------------------------


class _Tower:
    """One line of stages, then the links as a tree: causes, and below each what follows."""

    def __init__(self, chain: Chain, width: int, selected: str) -> None:
        self._chain = chain
        self._width = width
        self._selected = selected
        self._canvas = Canvas(width)
        self._places: dict[str, Place] = {}
        self._y = 1

    def drawing(self) -> Drawing:
        self._ribbon()
        links = self._chain.links
        for link in (*(k for k in links if k.root), *links):
            if link.key not in self._places:
                self._branch(link, 0)
        return Drawing(tuple(self._canvas.lines()), _ordered(self._places))

    def _ribbon(self) -> None:
        room = max(self._width // len(Stage) - 1, 1)
        x = 0
        for stage in Stage:
            state = self._chain.stage_state(stage)
            x = self._canvas.text(x, 0, state.glyph, state.style)
            name = _SHORT[stage] if room > len(_SHORT[stage]) else stage.value[: room - 1]
            x = self._canvas.text(x, 0, name, _head_style(state)) + 1

    def _branch(self, link: Link, depth: int) -> None:
        x, y = depth * 3, self._y
        self._y += 1
        if depth:
            self._canvas.text(x - 3, y, "╰▶", "$fail")
        style = _style(link, self._selected)
        end = self._canvas.text(x, y, f"{link.state.glyph} {link.label}", style)
        if link.name:
            name = "$foreground" if link.root else "$muted"
            end = self._canvas.text(end, y, f" {link.name}", name)
        self._places[link.key] = Place(y, x, min(end, self._width))
        for after in self._chain.consequences(link.key):
            if after.key not in self._places:
                self._branch(after, depth + 1)

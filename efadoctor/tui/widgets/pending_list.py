"""The list of what is pending; as long as it may be, only lines that are seen are made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import overload

from textual.content import Content

from efadoctor.tui.drawing.pending import Group, group_line, heading, name_width
from efadoctor.tui.widgets.choice_list import ChoiceList
from efadoctor.tui.widgets.line_list import Line


class PendingList(ChoiceList):
    """One line a group, below the names of the columns."""

    def show_groups(self, groups: Sequence[Group], now: datetime, width: int, said: str) -> None:
        """Show these groups at this time; ``said`` stands below them, where there is something."""
        after = [Line(Content()), Line(Content.styled(f"  {said}", "$muted"))] if said else []
        self.show(_Lines(groups, now, width, after) if groups else after)


class _Lines(Sequence[Line]):
    def __init__(
        self, groups: Sequence[Group], now: datetime, width: int, after: Sequence[Line]
    ) -> None:
        self._groups, self._now, self._width, self._after = groups, now, width, after
        self._name = name_width(groups, width)

    def __len__(self) -> int:
        return 1 + len(self._groups) + len(self._after)

    @overload
    def __getitem__(self, number: int) -> Line: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Line]: ...
    def __getitem__(self, number: int | slice) -> Line | Sequence[Line]:
        if isinstance(number, slice):
            return [self[n] for n in range(*number.indices(len(self)))]
        if number == 0:
            return Line(heading(self._name))
        if number > len(self._groups):
            return self._after[number - 1 - len(self._groups)]
        group = self._groups[number - 1]
        made = partial(group_line, group, self._now, self._name, self._width)
        return Line(made, group.key, lambda: group.sought)

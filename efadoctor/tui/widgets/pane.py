"""What the panes behind the number keys have in common."""

from __future__ import annotations

from collections.abc import Sequence

from efadoctor.tui.widgets.line_list import Line, LineList
from efadoctor.tui.work.judging import Judged


class Pane(LineList):
    """A list of lines about one judgement; made anew when that, or its width, changes."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes="pane")
        self._judged: Judged | None = None
        self._made_for = 0

    def lines_of(self, judged: Judged, width: int) -> Sequence[Line]:
        """The lines for this many columns."""
        raise NotImplementedError

    def show_judged(self, judged: Judged) -> None:
        """Show another judgement."""
        self._judged = judged
        self.renew()

    def renew(self) -> None:
        """Make the lines anew."""
        self._made_for = self.size.width
        if self._judged is not None and self._made_for:
            self.show(self.lines_of(self._judged, self._made_for))

    def on_resize(self) -> None:
        super().on_resize()
        if self.size.width != self._made_for:
            self.renew()

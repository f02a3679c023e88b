"""What the panes behind the number keys have in common."""

from __future__ import annotations

from collections.abc import Sequence

from efadoctor.tui.widgets.line_list import Line, LineList
from efadoctor.tui.work.scene import Scene


class Pane(LineList):
    """A list of lines about one scene; made anew when that, or its width, changes."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes="pane")
        self._scene: Scene | None = None
        self._made_for = 0

    def lines_of(self, scene: Scene, width: int) -> Sequence[Line]:
        """The lines for this many columns."""
        raise NotImplementedError

    def show_scene(self, scene: Scene) -> None:
        """Show another scene."""
        self._scene = scene
        self.renew()

    def renew(self) -> None:
        """Make the lines anew."""
        self._made_for = self.columns
        if self._scene is not None and self._made_for:
            self.show(self.lines_of(self._scene, self._made_for))

    def on_resize(self) -> None:
        super().on_resize()
        if self.columns != self._made_for:
            self.renew()

"""What has changed since it was opened, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from efadoctor.report import wording
from efadoctor.tui.drawing.paragraphs import hanging
from efadoctor.tui.widgets.line_list import Line
from efadoctor.tui.widgets.pane import Pane
from efadoctor.tui.work.scene import Scene

_MARKS = {True: ("✓", "$pass"), False: ("✗", "$fail"), None: ("·", "$muted")}


class ChangesPane(Pane):
    """A timeline."""

    def lines_of(self, scene: Scene, width: int) -> Sequence[Line]:
        return list(_timeline(scene, width))


def _timeline(scene: Scene, width: int) -> Iterator[Line]:
    for happening in reversed(scene.timeline):
        mark, style = _MARKS[happening.good]
        head = Content.assemble(
            (f"{happening.time:%H:%M:%S}  ", "$muted"), (f"{mark} ", f"bold {style}")
        )
        for content in hanging(head, Content(wording.prose(happening.text)), width):
            yield Line(content)
    yield Line(Content())
    said = "r reads again; a cluster that is followed tells by itself."
    yield Line(Content.styled(said, "$muted"))

"""The ways in that the pod has, and what stands on each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from efadoctor.model.finding import PathKind
from efadoctor.model.report import PathReport
from efadoctor.report import wording
from efadoctor.tui.drawing.paragraphs import hanging, paragraph
from efadoctor.tui.widgets.line_list import Line, item
from efadoctor.tui.widgets.pane import Pane
from efadoctor.tui.work.judgement import Judged
from efadoctor.tui.work.scene import Scene

_KINDS = {PathKind.NODE: "node", PathKind.NODEPOOL: "NodePool", PathKind.NODEGROUP: "node group"}


class PathsPane(Pane):
    """One line a path; the chosen one first."""

    def lines_of(self, scene: Scene, width: int) -> Sequence[Line]:
        return list(_lines(scene.judged, width))


def _lines(judged: Judged, width: int) -> Iterator[Line]:
    paths = sorted(judged.report.paths, key=lambda p: not p.chosen)
    name = min(max([len(_name(p)) for p in paths] or [4]), max(width - 40, 12))
    head = f"  {'KIND':<11} {'NAME':<{name}}  {'NODES':>5}  STANDS IN THE WAY"
    yield Line(Content.styled(head, "$muted"))
    for path in paths:
        key = f"{path.id.kind}/{path.id.name}"
        yield from item(_path(path, name, width), key, path.id.name)
    yield Line(Content())
    said = "A pod needs one way in: the chosen one is what it means and what needs least change."
    yield from (Line(c) for c in paragraph(said, "$muted", width))


def _name(path: PathReport) -> str:
    return wording.prose(path.id.name)


def _path(path: PathReport, name: int, width: int) -> Iterator[Content]:
    mark = ("▶ ", "bold $key") if path.chosen else ("  ", "")
    codes = "  ".join(path.blockers) or "no cause found by a check"
    style = "$fail" if path.blockers else "$muted"
    shown = Content.styled(_name(path), "bold $strong" if path.chosen else "")
    shown = shown.truncate(name, ellipsis=True)
    fill = " " * max(name - shown.cell_length, 0)
    count = str(path.nodes) if path.nodes else "-"
    kind = f"{_KINDS[path.id.kind]:<11} "
    label = Content.assemble(mark, (kind, "$muted"), shown, fill, f"  {count:>5}  ")
    return hanging(label, Content.styled(codes, style), width)

"""What was read and what was not, and which checks could not tell for want of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from efadoctor.model.coverage import CoverageStatus
from efadoctor.report import wording
from efadoctor.report.unread import unread
from efadoctor.tui.drawing.paragraphs import hanging
from efadoctor.tui.widgets.line_list import Line
from efadoctor.tui.widgets.pane import Pane
from efadoctor.tui.work.judgement import Judged
from efadoctor.tui.work.scene import Scene

_MARKS = {
    CoverageStatus.READ: ("✓", "$pass"),
    CoverageStatus.PARTIAL: ("◐", "$warn"),
    CoverageStatus.DENIED: ("✗", "$fail"),
    CoverageStatus.ERROR: ("✗", "$fail"),
    CoverageStatus.ABSENT: ("-", "$muted"),
}


class CoveragePane(Pane):
    """First what is missing and what that hides, then every source."""

    def lines_of(self, scene: Scene, width: int) -> Sequence[Line]:
        return [*_hidden(scene.judged, width), *_sources(scene.judged)]


def _hidden(judged: Judged, width: int) -> Iterator[Line]:
    groups = unread(judged.report)
    if not groups:
        yield Line(Content.styled("✓ Nothing that a check needs is missing.", "$pass"))
    for group in groups:
        sources = wording.one_line(", ".join(group.sources))
        hides = f"; hides {', '.join(group.codes)}" if group.codes else ""
        text = Content.assemble(
            ("could not read ", "$muted"), (sources, "$strong"), f": {group.why}", (hides, "$warn")
        )
        for content in hanging(Content.styled("✗ ", "$fail"), text, width):
            yield Line(content)
    yield Line(Content())


def _sources(judged: Judged) -> Iterator[Line]:
    snapshot = judged.snapshot
    name = max((len(c.source) for c in judged.report.coverage), default=6)
    yield Line(Content.styled(f"  {'SOURCE':<{name}}  {'OBJECTS':>7}  ", "$muted"))
    for coverage in judged.report.coverage:
        mark, style = _MARKS[coverage.status]
        objects = snapshot.of_source(coverage.source)
        count = "" if objects is None else f"{len(objects):,}"
        faded = "$muted" if coverage.status is CoverageStatus.ABSENT else ""
        detail = wording.one_line(coverage.detail)
        content = Content.assemble(
            (f"{mark} ", style),
            (f"{wording.one_line(coverage.source):<{name}}", faded),
            (f"  {count:>7}  ", "$muted"),
            (detail, "$muted"),
        )
        yield Line(content, coverage.source, coverage.source.rpartition("/")[2])

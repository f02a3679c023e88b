"""What the scheduler said, and what it would say now by our reckoning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from efadoctor.report import wording
from efadoctor.tui.drawing.difference import BAD, GOOD
from efadoctor.tui.drawing.paragraphs import hanging
from efadoctor.tui.widgets.line_list import Line
from efadoctor.tui.widgets.pane import Pane
from efadoctor.tui.work.judgement import Judged
from efadoctor.tui.work.scene import Scene


class SchedulerPane(Pane):
    """Both messages, the parts in which they differ marked, and whether they agree."""

    def lines_of(self, scene: Scene, width: int) -> Sequence[Line]:
        return [Line(content) for content in _lines(scene.judged, width)]


def _lines(judged: Judged, width: int) -> Iterator[Content]:
    view = judged.report.scheduler
    observed, predicted = wording.one_line(view.observed or ""), wording.one_line(view.predicted)
    ours = predicted or "nothing: a node would take the pod, or it is not for this scheduler to say"
    said = observed or "nothing that was read"
    yield from hanging(_label("said"), _marked(said, predicted, BAD, agrees=view.agrees), width)
    yield Content()
    yield from hanging(
        _label("would say"), _marked(ours, observed, GOOD, agrees=view.agrees), width
    )
    yield Content()
    yield from hanging(_label(""), _agreement(agrees=view.agrees), width)


def _label(text: str) -> Content:
    return Content.styled(f"{text:<11}", "$muted")


def _agreement(*, agrees: bool | None) -> Content:
    if agrees is None:
        return Content.styled("? There is nothing to compare.", "$unknown")
    if agrees:
        return Content.styled("✓ The two agree.", "$pass")
    return Content.styled(
        "✗ They differ: what was said is out of date, or was said of another state.", "$fail"
    )


def _marked(text: str, other: str, style: str, *, agrees: bool | None) -> Content:
    """Clauses that the other message does not have are marked."""
    if agrees is not False or not other:
        return Content(text)
    parts: list[tuple[str, str]] = []
    for number, clause in enumerate(text.split(", ")):
        bare = clause.partition(": ")[2] or clause
        parts.append((", " if number else "", ""))
        parts.append((clause, "" if bare.rstrip(".") in other else style))
    return Content.assemble(*parts)

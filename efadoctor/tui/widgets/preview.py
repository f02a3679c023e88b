"""The group under the cursor at a glance: its verdict, its chain, its causes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from efadoctor.report import wording
from efadoctor.tui.drawing.chain import chain_of, states_of
from efadoctor.tui.drawing.chain_drawing import draw_chain
from efadoctor.tui.drawing.paragraphs import hanging
from efadoctor.tui.drawing.pending import Group
from efadoctor.tui.drawing.states import VERDICTS
from efadoctor.tui.widgets.prose import Prose

if TYPE_CHECKING:
    from efadoctor.authoring import Check


class Preview(Prose):
    """What ``enter`` would open."""

    def __init__(self, checks: Sequence[Check] | None = None) -> None:
        super().__init__()
        self._checks = checks
        self._group: Group | None = None

    def show(self, group: Group | None) -> None:
        """Show another group."""
        if group is not self._group:
            self._group = group
            self.renew()

    def content(self, width: int) -> Content:
        return Content("\n").join(self._lines(width))

    def _lines(self, width: int) -> Iterator[Content]:
        report = self._group.report if self._group is not None else None
        if report is None:
            return

        glyph, style = VERDICTS[report.verdict]
        word = Content.styled(f" {glyph} {report.verdict.value.upper()} ", f"bold reverse {style}")
        who = Content.styled(f"  {wording.subjects_text(report.subjects)}", "bold $strong")
        yield Content.assemble(word, who).truncate(width, ellipsis=True)
        said = Content.styled(wording.prose(report.summary), "$foreground")
        yield from hanging(Content(), said, width)
        yield Content()
        yield from draw_chain(chain_of(self._known(), states_of(report), report), width).lines

    def _known(self) -> Sequence[Check]:
        from efadoctor.packs import installed_checks

        return installed_checks() if self._checks is None else self._checks

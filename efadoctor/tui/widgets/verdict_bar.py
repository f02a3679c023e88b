"""The verdict: one word, whom it is about, and one sentence."""

from __future__ import annotations

from textual.content import Content

from efadoctor.report import wording
from efadoctor.tui.drawing.states import VERDICTS
from efadoctor.tui.widgets.prose import Prose
from efadoctor.tui.work.judgement import Judged

_HIGH, _LOW = 30, 16
_ROOMY = 70


class VerdictBar(Prose):
    """What the judgement comes to, or how far it is."""

    def __init__(self, subject: str) -> None:
        super().__init__()
        self._subject = subject
        self._judged: Judged | None = None
        self._progress = ""
        self._failure = ""

    def show(self, judged: Judged) -> None:
        """Show a judgement."""
        self._judged, self._progress, self._failure = judged, "", ""
        self.renew()

    def show_progress(self, text: str) -> None:
        """Say what is being done; an older judgement stays in sight."""
        self._progress = text
        self.renew()

    def show_failure(self, text: str) -> None:
        """Say why there is no judgement."""
        self._failure, self._progress = text, ""
        self.renew()

    def content(self, width: int) -> Content:
        if self._failure:
            return self._lines(("✗", "$fail"), "NOT JUDGED", self._failure, width)
        judged = self._judged
        if judged is None:
            return self._lines(("◌", "$key"), "JUDGING", self._progress, width)
        report = judged.report
        word = report.verdict.value.upper()
        sentence = " ".join(
            t for t in (wording.verdict_text(report), wording.gang_text(report)) if t
        )
        return self._lines(VERDICTS[report.verdict], word, sentence, width)

    def _lines(self, mark: tuple[str, str], word: str, sentence: str, width: int) -> Content:
        glyph, style = mark
        left = Content.assemble((f" {glyph} {word} ", f"bold reverse {style}"), "  ")
        right = self._right() if width >= _ROOMY else Content.empty()
        room = max(width - left.cell_length - right.cell_length - 2, 8)
        who = Content.styled(self._who(), "bold $strong").truncate(room, ellipsis=True)
        fill = max(width - left.cell_length - who.cell_length - right.cell_length, 1)
        first = Content.assemble(left, who, " " * fill, right)
        text = Content.styled(wording.prose(sentence), "$foreground")
        lines = text.wrap(max(width, 1)) if text else []
        height = self.app.size.height
        most = 3 if height >= _HIGH else 2 if height >= _LOW else 1
        if len(lines) > most:
            rest = Content(" ").join(lines[most - 1 :])
            lines = [*lines[: most - 1], rest.truncate(width, ellipsis=True)]
        return Content("\n").join([first, *lines])

    def _who(self) -> str:
        if self._judged is None:
            return self._subject
        return wording.subjects_text(self._judged.report.subjects)

    def _right(self) -> Content:
        judged = self._judged
        if judged is None:
            return Content.empty()
        if self._progress:
            return Content.styled(self._progress, "$key")
        if judged.choices:
            count = len(judged.choices)
            fixes = "1 fix" if count == 1 else f"{count} fixes"
            return Content.styled(
                f" WHAT IF: {fixes} made on a copy ", "bold $badge-text on $badge"
            )
        plan = judged.report.plan
        if plan is None or not plan.steps:
            return Content.empty()
        count = len(plan.steps)
        fixes = "1 fix" if count == 1 else f"{count} fixes"
        if plan.verified:
            return Content.styled(f"{fixes}, proved on a copy ✓", "$pass")
        return Content.styled(f"{fixes}, not proved", "$warn")

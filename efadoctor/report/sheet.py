"""The sheet that the text face writes on: wrapped, indented lines, and lines to paste.

Everything is ``rich.text.Text`` made of plain strings, so nothing is parsed as markup.
"""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.text import Text

from efadoctor.report.line_breaks import line_starts
from efadoctor.report.reports import Style

Part = str | tuple[str, str]
"""Words, or words with a rich style."""

_NARROWEST = 40
_NARROWEST_TEXT = 20


class Sheet:
    """Collects lines; ``text`` gives them back, with escape sequences only for colour."""

    def __init__(self, style: Style) -> None:
        self._width = max(style.width, _NARROWEST)
        self._out = StringIO()
        self._console = Console(
            file=self._out,
            width=self._width,
            force_terminal=style.colour,
            no_color=not style.colour,
            color_system="standard" if style.colour else None,
            legacy_windows=False,
            markup=False,
            highlight=False,
            emoji=False,
            _environ={},
        )

    def line(self, *parts: Part, label: Part = "", hang: int = 0) -> None:
        """One paragraph, wrapped; lines after the first hang under what follows the label."""
        begin = Text.assemble(label)
        begin.pad_right(hang - begin.cell_len if label else 0)
        rest = max(self._width - hang, _NARROWEST_TEXT)
        text = Text.assemble(*parts)
        for number, part in enumerate(text.divide(line_starts(text.plain, rest))):
            part.rstrip()
            self._console.print((Text(" " * hang) if number else begin) + part, soft_wrap=True)

    def fits(self, *parts: Part) -> bool:
        """Whether the parts fit on one line."""
        return Text.assemble(*parts).cell_len <= self._width

    def paste(self, command: str) -> None:
        """A line to paste: at the left edge, never wrapped, styled as nothing else."""
        self._console.print(Text(command, style="bold"), soft_wrap=True)

    def blank(self) -> None:
        self._console.print()

    def rule(self) -> None:
        self._console.print(Text("-" * self._width, style="dim"))

    def text(self) -> str:
        return self._out.getvalue()

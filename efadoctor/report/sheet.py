"""The sheet that the text face writes on: wrapped, indented lines, and lines to paste.

Everything is ``rich.text.Text`` made of plain strings, so nothing is parsed as markup.
"""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.text import Text

from efadoctor.report.reports import Style

Part = str | tuple[str, str]
"""Words, or words with a rich style."""

NARROWEST = 40


class Sheet:
    """Collects lines; ``text`` gives them back, with escape sequences only for colour."""

    def __init__(self, style: Style) -> None:
        self._width = max(style.width, NARROWEST)
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

    def line(self, *parts: Part, indent: int = 0, hang: int | None = None) -> None:
        """One paragraph, wrapped; ``hang`` indents the lines after the first."""
        text = Text.assemble(*parts)
        hang = indent if hang is None else hang
        lines = text.wrap(self._console, max(self._width - max(indent, hang), 20))
        for number, part in enumerate(lines):
            part.rstrip()
            self._console.print(Text(" " * (hang if number else indent)) + part, soft_wrap=True)

    def cut(self, *parts: Part) -> None:
        """One line, cut where the sheet ends: for what the reader need not act on now."""
        text = Text.assemble(*parts)
        text.truncate(self._width, overflow="ellipsis")
        self._console.print(text, soft_wrap=True)

    def paste(self, command: str) -> None:
        """A line to paste: at the left edge, never wrapped, styled as nothing else."""
        self._console.print(Text(command, style="bold"), soft_wrap=True)

    def blank(self) -> None:
        self._console.print()

    def rule(self) -> None:
        self._console.print(Text("-" * self._width, style="dim"))

    def text(self) -> str:
        return self._out.getvalue()

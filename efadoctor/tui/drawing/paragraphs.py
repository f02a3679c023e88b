"""Wrapped text with a label in front of it."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from efadoctor.report.line_breaks import line_starts

_NARROWEST = 8


def hanging(label: Content, text: Content, width: int) -> Iterator[Content]:
    """``text`` wrapped to the right of ``label``; long words are broken, never lost."""
    indent = label.cell_length
    room = max(width - indent, _NARROWEST)
    for number, line in enumerate(_lines(text, room)):
        yield Content.assemble(label if number == 0 else " " * indent, line.rstrip())


def paragraph(text: str, style: str, width: int) -> Iterator[Content]:
    """Plain text, wrapped."""
    for line in _lines(Content.styled(text, style), max(width, _NARROWEST)):
        yield line.rstrip()


def _lines(text: Content, width: int) -> list[Content]:
    return text.divide(list(line_starts(text.plain, width)))

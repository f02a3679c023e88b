"""Wrapped text with a label in front of it."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

_NARROWEST = 8


def hanging(label: Content, text: Content, width: int) -> Iterator[Content]:
    """``text`` wrapped to the right of ``label``; long words are broken, never lost."""
    indent = label.cell_length
    room = max(width - indent, _NARROWEST)
    for number, line in enumerate(text.wrap(room) if text else [text]):
        yield Content.assemble(label if number == 0 else " " * indent, line.rstrip())


def paragraph(text: str, style: str, width: int) -> Iterator[Content]:
    """Plain text, wrapped."""
    yield from Content.styled(text, style).wrap(max(width, _NARROWEST))

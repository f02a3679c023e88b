"""Where text is broken into lines: between words, and in a long word between its parts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells

_SEAM = re.compile(r"(?<=[/,=])(?=.)|(?=[.\[])")
"""Where a word too long for a line, a field path mostly, is broken if it can be."""


def line_starts(text: str, width: int) -> Iterator[int]:
    """Where lines of at most ``width`` cells begin after the first; a word that fits is whole."""
    at = column = 0
    for word in re.findall(r"\s*\S+\s*", text):
        for piece in _pieces(word, width):
            if column and column + cell_len(piece.rstrip()) > width:
                yield at
                column = 0
            at += len(piece)
            column += cell_len(piece)


def _pieces(word: str, width: int) -> Iterator[str]:
    """The word, in parts where it is longer than a line."""
    if cell_len(word.rstrip()) <= width:
        yield word
        return
    for part in _SEAM.split(word):
        yield from chop_cells(part, width) if cell_len(part.rstrip()) > width else (part,)

"""A check's page: the little Markdown that pages are written in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from textual.content import Content

from efadoctor.authoring import Check
from efadoctor.model.inert import inert
from efadoctor.tui.drawing.paragraphs import hanging

_CODE = re.compile(r"`([^`]*)`")


def page_lines(check: Check, width: int) -> Iterator[Content]:
    """The page with headings, paragraphs, lists and code told apart."""
    yield Content()
    block: list[str] = []
    fenced = False
    for raw in [*inert(check.page).splitlines(), ""]:
        line = raw.rstrip()
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            yield Content.styled(f"    {line.strip()}", "$strong on $panel")
        elif line.startswith("#"):
            yield Content.styled(line.lstrip("# ").upper(), "bold $key")
        elif line and not line.lstrip().startswith(("- ", "* ")):
            block.append(line.strip())
        else:
            yield from _block(block, width)
            block = [line.strip()] if line else []
            if not line:
                yield Content()


def _block(block: list[str], width: int) -> Iterator[Content]:
    if not block:
        return
    text = " ".join(block)
    item = text.startswith(("- ", "* "))
    label = Content.styled("• ", "$muted") if item else Content()
    yield from hanging(label, _inline(text[2:] if item else text), width)


def _inline(text: str) -> Content:
    parts: list[tuple[str, str]] = []
    for number, piece in enumerate(_CODE.split(text)):
        link = piece.startswith("https://")
        parts.append((piece, "$strong on $panel" if number % 2 else "underline" if link else ""))
    return Content.assemble(*parts)

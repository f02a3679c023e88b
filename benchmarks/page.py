# ruff: noqa: INP001
"""docs/performance.md, a section for each benchmark."""

from __future__ import annotations

import re
from pathlib import Path

_PAGE = Path(__file__).parent.parent / "docs" / "performance.md"


def write_section(text: str) -> None:
    """Puts a section, which begins with its ``## `` heading, in the place of the old one."""
    page = _PAGE.read_text(encoding="utf-8") if _PAGE.exists() else "# Performance\n"
    heading = text.partition("\n")[0]
    section = re.compile(rf"{re.escape(heading)}\n.*?(?=\n## |\Z)", re.DOTALL)
    text = text.rstrip("\n") + "\n"
    if section.search(page):
        page = section.sub(lambda _: text, page)
    else:
        page = page.rstrip("\n") + "\n\n" + text
    _PAGE.write_text(page, encoding="utf-8")

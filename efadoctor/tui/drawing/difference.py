"""Two values one above the other, equal letters under each other, the others marked."""

from __future__ import annotations

from difflib import SequenceMatcher

from textual.content import Content

BAD = "$fail on $mark-bad underline"
GOOD = "$pass on $mark-good underline"
GAP = "·"
_LONGEST = 400
"""Letters beyond which a comparison letter by letter helps nobody (and takes long)."""


def aligned(has: str, wants: str) -> tuple[Content, Content]:
    """What is there and what would be right; where one lacks letters, dots stand for them."""
    if max(len(has), len(wants)) > _LONGEST or _unlike(has, wants):
        return Content.styled(has, "$fail"), Content.styled(wants, "$pass")
    above: list[tuple[str, str]] = []
    below: list[tuple[str, str]] = []
    matcher = SequenceMatcher(None, has, wants, autojunk=False)
    for _, start, end, other_start, other_end in matcher.get_opcodes():
        old, new = has[start:end], wants[other_start:other_end]
        if old == new:
            above.append((old, "$strong"))
            below.append((new, "$strong"))
            continue
        room = max(len(old), len(new))
        above += [(old, BAD), (GAP * (room - len(old)), "$faint")]
        below += [(new, GOOD), (GAP * (room - len(new)), "$faint")]
    return Content.assemble(*above), Content.assemble(*below)


def _unlike(has: str, wants: str) -> bool:
    """Nothing to compare: then marking single letters would only be noise."""
    return SequenceMatcher(None, has, wants, autojunk=False).ratio() < 0.5  # noqa: PLR2004

"""Unified diffs, as ``diff -u`` and ``git diff`` write them, of a part of a file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

import msgspec

from efadoctor.model.inert import inert

CONTEXT = 3
"""Lines around a change."""

_HUNK = re.compile(r"@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@")


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What stands above and below a part of a file, and how many lines there are above it."""

    above: str = ""
    below: str = ""
    lines: int = 0


NOTHING = Around()


def unified(name: str, before: str, after: str, around: Around = NOTHING) -> str:
    """The change of a part of a file; "" where there is none."""
    if before == after:
        return ""
    old, new = _lines(before), _lines(after)
    head = _common(old, new)
    tail = min(_common(old[::-1], new[::-1]), min(len(old), len(new)) - head)
    start = max(0, head - CONTEXT)
    above = _lines(around.above)[-CONTEXT:] if head < CONTEXT else []
    below = _lines(around.below)[:CONTEXT] if tail < CONTEXT else []
    shown = name.removeprefix("./").lstrip("/")
    lines = difflib.unified_diff(
        [*above, *old[start : len(old) - max(0, tail - CONTEXT)], *below],
        [*above, *new[start : len(new) - max(0, tail - CONTEXT)], *below],
        f"a/{shown}",
        f"b/{shown}",
        n=CONTEXT,
    )
    return "".join(_shifted(line, around.lines + start - len(above)) for line in lines)


def _lines(text: str) -> list[str]:
    """Lines as diff and patch count them, with their ends."""
    *whole, last = text.split("\n")
    return [*(f"{line}\n" for line in whole), *([last] if last else [])]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    shortest = min(len(one), len(other))
    return next((n for n in range(shortest) if one[n] != other[n]), shortest)


def _shifted(line: str, by: int) -> str:
    """A line of a diff of a part, numbered as in the whole; one without its end says so."""
    match = _HUNK.match(line)
    if match is not None:
        old, new = int(match[1]) + by, int(match[3]) + by
        return f"@@ -{old}{match[2] or ''} +{new}{match[4] or ''} @@\n"
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def inert_diff(text: str) -> str:
    """A diff in which no control character is obeyed; its lines stay lines."""
    return "".join(_inert_line(line) + "\n" for line in text.split("\n")[:-1])


def _inert_line(line: str) -> str:
    """A line that ends in a carriage return keeps it: the file has it too."""
    return inert(line.removesuffix("\r")) + ("\r" if line.endswith("\r") else "")

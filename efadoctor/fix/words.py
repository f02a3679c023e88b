"""Small phrases that steps and scripts share."""

from __future__ import annotations

from collections.abc import Sequence

_NAMED = 2


def some(names: Sequence[str], noun: str) -> str:
    """``node a``, ``nodes a and b``, ``7 nodes (a, b…)``."""
    unique = list(dict.fromkeys(names))
    if len(unique) == 1:
        return f"{noun} {unique[0]}"
    if len(unique) <= _NAMED:
        return f"{noun}s {' and '.join(unique)}"
    return f"{len(unique)} {noun}s ({', '.join(unique[:_NAMED])}…)"


def sentence(text: str) -> str:
    """The text with a capital and a full stop."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")

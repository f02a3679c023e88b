"""Amounts for people, and bars of them."""

from __future__ import annotations

from textual.content import Content

_KIBI = 1024
_UNITS = ("", "Ki", "Mi", "Gi", "Ti", "Pi")
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def amount_text(resource: str, amount: int) -> str:
    """``31.8`` for cpu, ``112Gi`` for bytes, the number for pieces."""
    if resource == "cpu":
        return f"{amount / 1000:.4g}"
    if resource in ("memory", "ephemeral-storage") or resource.startswith("hugepages-"):
        return _bytes(amount)
    return f"{amount:,}"


def _bytes(amount: int) -> str:
    value, unit = float(amount), 0
    while abs(value) >= _KIBI and unit < len(_UNITS) - 1:
        value /= _KIBI
        unit += 1
    return f"{value:.3g}{_UNITS[unit]}" if value < 999.5 else f"{value:.0f}{_UNITS[unit]}"  # noqa: PLR2004


def bar(free: int, asked: int, whole: int, width: int) -> Content:
    """What is free of the whole, in ``width`` columns; red where it is less than is asked for."""
    enough = free >= asked
    share = max(0.0, min(1.0, free / whole)) if whole > 0 else 0.0
    eighths = round(share * width * 8)
    full, rest = divmod(eighths, 8)
    filled = "█" * full + (_EIGHTHS[rest] if rest else "")
    style = "$pass on $panel" if enough else "$fail on $panel"
    return Content.styled(f"{filled:<{width}}", style)

"""Amounts for people, and bars of them."""

from __future__ import annotations

from textual.content import Content

_KIBI = 1024
_UNITS = ("", "Ki", "Mi", "Gi", "Ti", "Pi")


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
    """What is free of the whole, in ``width`` columns; a tick where what is asked for ends."""
    scale = max(whole, asked, 1)
    filled = round(width * max(0, min(free, scale)) / scale)
    tick = round(width * asked / scale) - 1
    style = "$pass" if free >= asked else "$fail"
    parts = [("━" * filled, style), ("─" * (width - filled), "$faint")]
    content = Content.assemble(*parts)
    if tick <= 0:
        return content
    return Content.assemble(content[:tick], ("┃", "bold $strong"), content[tick + 1 :])

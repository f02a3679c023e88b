"""Integers as the Go programs read them: decimal, of 64 bits.

https://pkg.go.dev/strconv#ParseInt
"""

import re

INT64 = range(-(2**63), 2**63)
"""Every int64."""

_DECIMAL = re.compile(r"([+-]?)0*([0-9]{1,19})")


def integer(text: str) -> int | None:
    """The int64 that ``strconv.Atoi`` and ``ParseInt`` read, None where they read none."""
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return None
    number = int(match[1] + match[2])
    return number if number in INT64 else None

"""Durations as kubectl takes them: ``30s``, ``1m30s``, ``500ms``, ``0``."""

from __future__ import annotations

import argparse
import re

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d{1,9}(?:\.\d{0,9})?)(h|ms|m|s|us|µs|ns)", re.ASCII)
_LONGEST = 24 * 3600.0


def seconds(text: str) -> float:
    """The seconds of a Go duration or of a bare number. Raises ArgumentTypeError.

    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_options/
    """
    if re.fullmatch(r"[0-9]{1,9}", text):
        return min(float(text), _LONGEST)
    parts = _PART.findall(text)
    if not parts or "".join(n + u for n, u in parts) != text:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration, as 30s or 1m30s")
    return min(sum(float(number) * _UNITS[unit] for number, unit in parts), _LONGEST)

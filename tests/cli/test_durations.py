"""Durations as kubectl takes them."""

from __future__ import annotations

import argparse

import pytest

from efadoctor.cli.durations import seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("30", 30), ("30s", 30), ("1m30s", 90), ("1.5h", 5400), ("500ms", 0.5), ("0s", 0)],
)
def test_a_duration_is_seconds(text: str, value: float) -> None:
    assert seconds(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "s", "5x", "-1s", "1s junk", "1m 30s", "٣s", "9" * 400])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        seconds(text)

"""Integers as Go's strconv reads them.

https://pkg.go.dev/strconv#Atoi
"""

import pytest

from efadoctor.scheduling.integers import integer


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5),
        ("-5", -5),
        ("+5", 5),
        ("007", 7),
        ("0" * 10_000 + "7", 7),
        (str(2**63 - 1), 2**63 - 1),
        (str(2**63), None),
        (str(-(2**63)), -(2**63)),
        (str(-(2**63) - 1), None),
        ("9" * 10_000, None),
        ("1_0", None),
        (" 1", None),
        ("1\n", None),
        ("٣", None),
        ("1.0", None),
        ("", None),
    ],
)
def test_an_integer_is_what_strconv_reads_as_one(text: str, number: int | None) -> None:
    assert integer(text) == number

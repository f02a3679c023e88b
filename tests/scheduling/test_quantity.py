"""Quantities; the rules are those of Kubernetes' own table tests.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/apimachinery/pkg/api/resource/quantity_test.go
"""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.structs import Quantity
from efadoctor.scheduling.quantity import MAX_AMOUNT, amount, amounts, milli, parse

SUFFIXES = {
    "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "": Fraction(1),
    "k": Fraction(1000), "M": Fraction(10**6), "G": Fraction(10**9), "T": Fraction(10**12),
    "Ki": Fraction(2**10), "Mi": Fraction(2**20), "Gi": Fraction(2**30), "Ti": Fraction(2**40),
}  # fmt: skip


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e9", 10**9), ("1E9", 10**9), ("1e+3", 1000), ("2e-3", Fraction(2, 1000)),
        ("0.5", Fraction(1, 2)), (".5", Fraction(1, 2)), ("5.", 5), ("1500m", Fraction(3, 2)),
        ("100G", 10**11), ("2Gi", 2**31), ("1.5Mi", 3 * 2**19), ("1E", 10**18), ("1Ei", 2**60),
        ("+1", 1), ("-1", -1), ("-0.5", Fraction(-1, 2)), ("007", 7), (" 4 ", 4),
        (3, 3), (0.5, Fraction(1, 2)), (1e22, 10**22), ("0", 0), ("0.000", 0), ("0e99", 0),
        # oddities of the real parser
        ("Mi", 0), (".", 0), ("+", 0), ("1.G", 10**9),
    ],
)  # fmt: skip
def test_a_quantity_has_the_value_that_kubernetes_gives_it(
    written: Quantity, value: int | Fraction
) -> None:
    assert parse(written) == value


@pytest.mark.parametrize(
    "written",
    ["", "x", "1i", "1mi", "1KI", "1.1.M", "1+1.0M", "0.1am", "12e", "--1", "1 G", "1_000", "٣",
     "inf", "nan", "0x10", "1e", "1EE", True, float("inf"), float("nan")],
)  # fmt: skip
def test_what_is_no_quantity_is_an_error_that_shows_it(written: Quantity) -> None:
    with pytest.raises(InvalidQuantityError, match="is not a quantity"):
        parse(written)


def test_less_than_a_billionth_rounds_up_to_one() -> None:
    assert parse("0.0000000001") == parse("1e-99999999") == Fraction(1, 10**9)


def test_nothing_is_greater_than_the_greatest_int64() -> None:
    assert amount("memory", "9Ei") == amount("memory", "1e9999999999") == MAX_AMOUNT
    assert amount("cpu", "1E") == MAX_AMOUNT
    assert amount("memory", "-9e99") == -MAX_AMOUNT


def test_cpu_counts_in_thousandths_and_the_rest_in_wholes_both_rounded_up() -> None:
    assert amount("cpu", "1.0001") == 1001
    assert amount("memory", "1.0001") == 2
    assert amount("vpc.amazonaws.com/efa", "500m") == 1
    assert amount("memory", "-0.5") == -1


def test_a_bad_amount_names_its_resource() -> None:
    with pytest.raises(InvalidQuantityError, match="memory: '1x' is not a quantity"):
        amounts({"cpu": "1", "memory": "1x"})


def test_a_very_long_number_costs_no_more_than_its_length() -> None:
    assert amount("memory", "9" * 100_000) == MAX_AMOUNT
    assert parse("0." + "1" * 100_000) == Fraction(111_111_112, 10**9)


@given(st.integers(0, 10**6), st.integers(0, 9), st.sampled_from(sorted(SUFFIXES)))
def test_a_suffix_multiplies(whole: int, tenth: int, suffix: str) -> None:
    exact = (whole + Fraction(tenth, 10)) * SUFFIXES[suffix]
    found = parse(f"{whole}.{tenth}{suffix}")
    assert 0 <= found - exact < Fraction(1, 10**9)


@given(st.fractions(0, 10**9, max_denominator=1000), st.fractions(0, 10**9, max_denominator=1000))
def test_rounding_never_loses_what_was_asked_for(one: int, other: int) -> None:
    texts = [f"{float(x):.9f}" for x in (one, other)]
    exact = sum(parse(t) for t in texts)
    assert sum(milli(t) for t in texts) >= exact * 1000


@given(st.text("+-.0123456789eEinumkKMGTP", max_size=12))
def test_any_text_is_a_quantity_or_an_error(text: str) -> None:
    try:
        value = parse(text)
    except InvalidQuantityError:
        return
    assert parse(f"  {text}\n") == value

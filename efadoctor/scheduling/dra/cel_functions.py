"""The functions that CEL has on texts, quantities, versions and lists.

https://kubernetes.io/docs/reference/using-api/cel/#cel-options-language-features-and-libraries
"""

import re
from collections.abc import Callable, Mapping

from efadoctor.scheduling.dra.cel_values import (
    Amount,
    CelError,
    UnsupportedError,
    Value,
    Version,
    bounded,
)
from efadoctor.scheduling.integers import INT64

# A pattern that backtracks at most polynomially in a short text.
_REPEATED_GROUP = re.compile(r"\)[*+{]")
_LONGEST_PATTERN = 100
_LONGEST_SUBJECT = 64  # the API's limit for an attribute's text
_MOST_REPEATS = 3
_MOST_CHOICES = 12
"""Ways to go on, of which each doubles the time at worst, and a repetition costs four."""
_LEAST_WORK = 10
"""Of a match; with each repetition after the first sixteen times as much, with a choice twice."""
_CHOICE = re.compile(r"(?<!\()\?|\|")
_OPTION = re.compile(r"(?<!\()\?")
_OTHER_SET = re.compile(r"\[\^?\[|--|&&|~~|\|\|")  # Python warns that it may read them otherwise


def _matches(subject: str, pattern: str) -> bool:
    """``matches``. Raises UnsupportedError for a pattern that may take long or means another."""
    repeats = sum(pattern.count(c) for c in "*+{")
    if (
        len(pattern) > _LONGEST_PATTERN
        or len(subject) > _LONGEST_SUBJECT
        or repeats > _MOST_REPEATS
        or repeats * 4 + len(_CHOICE.findall(pattern)) > _MOST_CHOICES
        or _OTHER_SET.search(pattern)
        or _REPEATED_GROUP.search(pattern)
    ):
        raise UnsupportedError("a pattern that may take for ever")
    try:
        return re.search(pattern, subject) is not None
    except (re.error, OverflowError):
        raise UnsupportedError("a pattern of another dialect") from None


def work_of_matching(pattern: str) -> int:
    """How much work a match may be, at worst, as a Budget counts it (20 microseconds each)."""
    again = max(sum(pattern.count(c) for c in "*+{") - 1, 0)
    alternatives = max(sum("|" in group for group in pattern.split(")")) - 1, 0)
    options = len(_OPTION.findall(pattern))
    doublings = min(again * 4 + alternatives + options - 1, _MOST_CHOICES + _LONGEST_PATTERN)
    return _LEAST_WORK << max(doublings, 0)


def _replaced(text: str, old: str, new: str) -> str:
    bounded(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def _whole(quantity: Amount) -> int:
    """The value of a quantity that is an integer."""
    if quantity.value.denominator != 1 or quantity.value.numerator not in INT64:
        raise CelError("cannot convert value to integer")
    return quantity.value.numerator


_ORDERED: dict[str, Callable[..., Value]] = {
    "compareTo": lambda a, b: (a > b) - (a < b),
    "isGreaterThan": lambda a, b: a > b,
    "isLessThan": lambda a, b: a < b,
}

ON_TYPE: Mapping[type, Mapping[str, Callable[..., Value]]] = {
    str: {
        "startsWith": lambda s, part: s.startswith(part),
        "endsWith": lambda s, part: s.endswith(part),
        "contains": lambda s, part: part in s,
        "matches": _matches,
        "lowerAscii": lambda s: s.lower(),
        "upperAscii": lambda s: s.upper(),
        "trim": lambda s: s.strip(),
        "indexOf": lambda s, part: s.find(part),
        "replace": _replaced,
        "split": lambda s, separator: list(s) if separator == "" else s.split(separator),
        "lastIndexOf": lambda s, part: s.rfind(part),
        "size": len,
    },
    Amount: {
        **_ORDERED,
        "add": lambda a, b: Amount(a.value + b.value),
        "sub": lambda a, b: Amount(a.value - b.value),
        "sign": lambda a: (a.value > 0) - (a.value < 0),
        "isInteger": lambda a: a.value.denominator == 1,
        "asInteger": _whole,
    },
    Version: {
        **_ORDERED,
        "major": lambda v: v.numbers[0],
        "minor": lambda v: v.numbers[1],
        "patch": lambda v: v.numbers[2],
    },
    list: {"size": len},
}
"""The functions on values of each type; their arguments are of the same type."""

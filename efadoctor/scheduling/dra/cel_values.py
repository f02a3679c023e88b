"""The values of CEL expressions, and what the operators and functions make of them."""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import msgspec

from efadoctor.model.errors import InvalidQuantityError
from efadoctor.scheduling.quantity import parse as parse_quantity

_NUMBER = r"(0|[1-9][0-9]{0,8})"
_SEMVER = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_LONGEST_PART = 18
_DOTS = 2

# A pattern that backtracks at most polynomially in a short text.
_REPEATED_GROUP = re.compile(r"\)[*+{]")
_LONGEST_PATTERN = 100
_LONGEST_SUBJECT = 64  # the API's limit for an attribute's text
_MOST_REPEATS = 3
_MOST_CHOICES = 12
"""Ways to go on, of which each doubles the time at worst, and a repetition costs four."""
_CHOICE = re.compile(r"(?<!\()\?|\|")
_OTHER_SET = re.compile(r"\[\^?\[|--|&&|~~|\|\|")  # Python warns that it may read them otherwise
_LONGEST_TEXT = 64 * 1024
_INT64 = range(-(2**63), 2**63)

Value = Any


class CelError(Exception):
    """The expression fails for this device: a missing key, a wrong type."""


class MissingKeyError(CelError):
    """A field or entry that is not there: what ``has()`` asks about."""


class UnsupportedError(Exception):
    """The expression is beyond this evaluator, or no CEL at all."""


class Amount(msgspec.Struct, frozen=True, order=True):
    """A Kubernetes quantity."""

    value: Fraction


class Version(msgspec.Struct, frozen=True, order=True):
    """A semantic version: numbers, then whether it is final, then the parts of the pre-release.

    https://semver.org/#spec-item-11: a part that is a number comes before one that is a text.
    """

    numbers: tuple[int, ...]
    final: bool
    rest: tuple[tuple[bool, int, str], ...] = ()


class Budget:
    """How much work evaluations may still do; what they share bounds them together."""

    def __init__(self, left: int) -> None:
        self._left = left

    def spend(self, work: int) -> None:
        """Raises UnsupportedError where nothing is left."""
        self._left -= work
        if self._left < 0:
            raise UnsupportedError("more work than any selector takes")


class Domains(msgspec.Struct, frozen=True):
    """Attributes or capacities by domain; a domain that nobody uses is empty, not missing."""

    members: Mapping[str, Mapping[str, Any]]


def version(text: str) -> Version:
    """A semantic version. Raises CelError for any other text."""
    match = _SEMVER.fullmatch(text)
    if text.count(".") < _DOTS:
        raise CelError("No Major.Minor.Patch elements found")
    if match is None:
        raise CelError("not a semantic version")
    numbers = tuple(int(match[i]) for i in (1, 2, 3))
    rest = tuple(map(_part, match[4].split("."))) if match[4] else ()
    return Version(numbers, final=not rest, rest=rest)


def _part(text: str) -> tuple[bool, int, str]:
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_PART:
        return False, int(text), ""
    return True, 0, text


def amount(quantity: str | float) -> Amount:
    """A quantity. Raises CelError for an invalid one."""
    try:
        return Amount(parse_quantity(quantity))
    except InvalidQuantityError as error:
        raise CelError(str(error)) from None


def truth(value: Value) -> bool:
    if not isinstance(value, bool):
        raise CelError("no such overload")
    return value


def member(value: Value, key: Value) -> Value:
    if isinstance(value, Domains) and isinstance(key, str):
        return value.members.get(key, {})
    if isinstance(value, Mapping) and isinstance(key, str):
        if key not in value:
            raise MissingKeyError(f"no such key: {key}")
        return value[key]
    if isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
        return value[key]
    raise CelError("no such overload")


def equal(left: Value, right: Value) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    same: bool = left == right
    return same


def contains(container: Value, value: Value) -> bool:
    if isinstance(container, Domains) and isinstance(value, str):
        return value in container.members
    if isinstance(container, Mapping) and isinstance(value, str):
        return value in container
    if isinstance(container, list):
        return any(equal(item, value) for item in container)
    raise CelError("no such overload")


def ordered(operator: str, left: Value, right: Value) -> bool:
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (left, right))
    if not numbers and (type(left) is not type(right) or not isinstance(left, str)):
        raise CelError("no such overload")
    order = int(left > right) - int(left < right)
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator]


def arithmetic(operator: str, left: Value, right: Value) -> Value:
    """The result, where it is no more than CEL's int (64 bits) or double holds."""
    try:
        result = _result(operator, left, right)
    except OverflowError:
        raise CelError("return error for overflow") from None
    if isinstance(result, int) and result not in _INT64:
        raise CelError("return error for overflow")
    return result


def _result(operator: str, left: Value, right: Value) -> Value:
    if operator == "+" and isinstance(left, str) and isinstance(right, str):
        _no_longer(len(left) + len(right))
        return left + right
    for value in (left, right):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise CelError("no such overload")
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    if right == 0:
        raise CelError("division by zero")
    exact = isinstance(left, int) and isinstance(right, int)
    quotient = int(Fraction(left) / Fraction(right)) if exact else left / right
    return quotient if operator == "/" else left - quotient * right


def _no_longer(length: int) -> None:
    """Raises UnsupportedError for a text that would be so long."""
    if length > _LONGEST_TEXT:
        raise UnsupportedError("a text of that length")


def _replaced(text: str, old: str, new: str) -> str:
    _no_longer(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def text_of(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise CelError("no such overload")


def integer_of(value: Value) -> int:
    """The value as CEL's int; a double loses what is behind the point."""
    try:
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            number = int(value)
            if number in _INT64:
                return number
    except (ValueError, OverflowError):
        pass
    raise CelError("no such overload")


def double_of(value: Value) -> float:
    """The value as CEL's double."""
    try:
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            return float(value)
    except ValueError:
        pass
    raise CelError("no such overload")


def size_of(value: Value) -> int:
    if isinstance(value, Domains):
        return len(value.members)
    if isinstance(value, str | list | Mapping):
        return len(value)
    raise CelError("no such overload")


def found(subject: str, pattern: str) -> bool:
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


def of_text(make: Callable[[str], Value], text: Value) -> Value:
    """What is made of a text; of nothing else can it be made."""
    if not isinstance(text, str):
        raise CelError("no such overload")
    return make(text)


def can_be(make: Callable[[str], Value], text: Value) -> bool:
    """Whether a quantity or a version can be made of the text."""
    if not isinstance(text, str):
        raise CelError("no such overload")
    try:
        make(text)
    except CelError:
        return False
    return True


def whole(quantity: Amount) -> int:
    """The value of a quantity that is an integer."""
    if quantity.value.denominator != 1 or quantity.value.numerator not in _INT64:
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
        "matches": found,
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
        "asInteger": whole,
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

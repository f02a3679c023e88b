"""The values of CEL expressions: their types, how they are made, and what each can become.

https://github.com/google/cel-spec/blob/master/doc/langdef.md#values
"""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import msgspec

from efadoctor.model.errors import InvalidQuantityError
from efadoctor.scheduling.integers import INT64
from efadoctor.scheduling.quantity import parse as parse_quantity

_NUMBER = r"(0|[1-9][0-9]{0,8})"
_SEMVER = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_LONGEST_PART = 18
_DOTS = 2

_LONGEST_TEXT = 64 * 1024  # characters

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
        self._answers: dict[tuple[Value, ...], Value] = {}

    def spend(self, work: int) -> None:
        """Raises UnsupportedError where nothing is left."""
        self._left -= work
        if self._left < 0:
            raise UnsupportedError("more work than any selector takes")

    def answer(self, question: tuple[Value, ...], work: int, ask: Callable[[], Value]) -> Value:
        """What ``ask`` says to a question, which is paid for when it is first asked."""
        if question not in self._answers:
            self.spend(work)
            self._answers[question] = ask()
        return self._answers[question]


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


def bounded(length: int) -> None:
    """Raises UnsupportedError for a text of a length that nothing about devices needs."""
    if length > _LONGEST_TEXT:
        raise UnsupportedError("a text of that length")


def text_of(value: Value) -> str:
    """The value as CEL's string."""
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
            if number in INT64:
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

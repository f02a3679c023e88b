"""What CEL's operators make of values. Each raises CelError for values it is not made for.

https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions
"""

from collections.abc import Mapping
from fractions import Fraction

from efadoctor.scheduling.dra.cel_values import (
    CelError,
    Domains,
    MissingKeyError,
    Value,
    bounded,
)
from efadoctor.scheduling.integers import INT64


def truth(value: Value) -> bool:
    """The value of a condition, which is a bool and nothing like one."""
    if not isinstance(value, bool):
        raise CelError("no such overload")
    return value


def member(value: Value, key: Value) -> Value:
    """``value.key`` and ``value[key]``. Raises MissingKeyError where it is not there."""
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
    """``==``, to which a bool is no number."""
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    same: bool = left == right
    return same


def contains(container: Value, value: Value) -> bool:
    """``value in container``."""
    if isinstance(container, Domains) and isinstance(value, str):
        return value in container.members
    if isinstance(container, Mapping) and isinstance(value, str):
        return value in container
    if isinstance(container, list):
        return any(equal(item, value) for item in container)
    raise CelError("no such overload")


def ordered(operator: str, left: Value, right: Value) -> bool:
    """``<`` and its like, of two numbers or two texts."""
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
    if isinstance(result, int) and result not in INT64:
        raise CelError("return error for overflow")
    return result


def _result(operator: str, left: Value, right: Value) -> Value:
    if operator == "+" and isinstance(left, str) and isinstance(right, str):
        bounded(len(left) + len(right))
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


def size_of(value: Value) -> int:
    """The length of a text, list or map."""
    if isinstance(value, Domains):
        return len(value.members)
    if isinstance(value, str | list | Mapping):
        return len(value)
    raise CelError("no such overload")

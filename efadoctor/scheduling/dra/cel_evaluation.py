"""What an expression does once it is parsed: functions from its variables to a value.

https://github.com/google/cel-spec/blob/master/doc/langdef.md#evaluation
"""

from collections.abc import Callable, Mapping
from functools import partial

from efadoctor.scheduling.dra import cel_operators as operators
from efadoctor.scheduling.dra import cel_values as values
from efadoctor.scheduling.dra.cel_functions import ON_TYPE, work_of_matching
from efadoctor.scheduling.dra.cel_values import (
    CelError,
    MissingKeyError,
    UnsupportedError,
    Value,
    amount,
    version,
)

Eval = Callable[[Mapping[str, Value]], Value]

BUDGET = ""
"""The variable, of a name that no expression can say, that holds the Budget."""


def constant(value: Value) -> Eval:
    """The value, whatever the variables are."""
    return lambda _: value


def variable(variables: Mapping[str, Value], name: str) -> Value:
    """The value of a name."""
    if name not in variables:
        raise UnsupportedError(f"unknown name {name}")
    return variables[name]


def member(value: Eval, name: str) -> Eval:
    """Access to a field of a value."""

    def get(variables: Mapping[str, Value]) -> Value:
        return operators.member(value(variables), name)

    return get


def index(value: Eval, key: Eval) -> Eval:
    """Access to an entry of a value."""
    return lambda v: operators.member(value(v), key(v))


def binary(operator: str, left: Eval, right: Eval) -> Eval:
    """An operator between two sides."""
    match operator:
        case "&&":
            return lambda v: _decided(left, right, v, by=False)
        case "||":
            return lambda v: _decided(left, right, v, by=True)
        case "==":
            return lambda v: operators.equal(left(v), right(v))
        case "!=":
            return lambda v: not operators.equal(left(v), right(v))
        case "in":
            return lambda v: operators.contains(right(v), left(v))
        case "<" | "<=" | ">" | ">=":
            return lambda v: operators.ordered(operator, left(v), right(v))
        case _:
            return lambda v: operators.arithmetic(operator, left(v), right(v))


def _decided(left: Eval, right: Eval, variables: Mapping[str, Value], *, by: bool) -> bool:
    """``&&`` is decided by a false side, ``||`` by a true one, even if the other side fails."""
    try:
        if operators.truth(left(variables)) is by:
            return by
    except CelError:
        if operators.truth(right(variables)) is by:
            return by
        raise
    return operators.truth(right(variables))


def function(name: str, arguments: list[Eval]) -> Eval:
    """A call of a function. Raises UnsupportedError where it is none of those listed here."""
    makers: dict[str, Callable[[Value], Value]] = {
        "quantity": lambda text: values.of_text(amount, text),
        "semver": lambda text: values.of_text(version, text),
        "isQuantity": lambda text: values.can_be(amount, text),
        "isSemver": lambda text: values.can_be(version, text),
        "string": values.text_of,
        "int": values.integer_of,
        "double": values.double_of,
        "dyn": lambda value: value,
        "size": operators.size_of,
    }
    if len(arguments) != 1:
        raise UnsupportedError(f"{name}()")
    argument = arguments[0]
    if name == "has":
        return lambda v: _has(argument, v)
    if name not in makers:
        raise UnsupportedError(f"{name}()")
    return lambda v: makers[name](argument(v))


def _has(member: Eval, variables: Mapping[str, Value]) -> bool:
    try:
        member(variables)
    except MissingKeyError:
        return False
    return True


def method(name: str, receiver: Eval, arguments: list[Eval]) -> Eval:
    """A call on a value. Raises UnsupportedError where it is none of those listed here."""
    known = [(type_, f[name]) for type_, f in ON_TYPE.items() if name in f]
    if not known:
        raise UnsupportedError(f".{name}()")

    def call(variables: Mapping[str, Value]) -> Value:
        subject = receiver(variables)
        given = [argument(variables) for argument in arguments]
        apply = next((f for type_, f in known if isinstance(subject, type_)), None)
        if apply is None or any(type(v) is not type(subject) for v in given):
            raise CelError("no such overload")
        try:
            if name == "matches" and len(given) == 1:
                work, ask = work_of_matching(given[0]), partial(apply, subject, *given)
                return variables[BUDGET].answer((subject, *given), work, ask)
            return apply(subject, *given)
        except TypeError:
            raise CelError("no such overload") from None

    return call

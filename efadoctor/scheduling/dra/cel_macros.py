"""Macros over lists and maps, ``cel.bind``, and optional values.

https://github.com/google/cel-spec/blob/master/doc/langdef.md#macros
https://kubernetes.io/docs/reference/using-api/cel/#optional-types
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from efadoctor.scheduling.dra import cel_operators as operators
from efadoctor.scheduling.dra import cel_values as values
from efadoctor.scheduling.dra.cel_evaluation import BUDGET, Eval
from efadoctor.scheduling.dra.cel_values import CelError, MissingKeyError, UnsupportedError, Value

MOST_ITEMS = 64
"""What a macro goes over at most; a device has 32 attributes and capacities."""

Answers = Iterable[Callable[[], Value]]
"""What the expression says of each item, asked for when it is called."""


# ---- over lists and maps ------------------------------------------------------


def over(name: str, receiver: Eval, item: str, body: Eval) -> Eval:
    """``receiver.name(item, body)``; of a map the items are its keys."""

    def call(variables: Mapping[str, Value]) -> Value:
        items = _items(receiver(variables))
        variables[BUDGET].spend(len(items))
        answers = [lambda i=i: body({**variables, item: i}) for i in items]
        return MACROS[name](items, answers)

    return call


def bound(name: str, value: Eval, body: Eval) -> Eval:
    """``cel.bind(name, value, body)``; the value is made when it is first asked for."""
    return lambda v: body({**v, name: value(v)})


def _items(found: Value) -> list[Value]:
    members = found.members if isinstance(found, values.Domains) else found
    if not isinstance(members, list | Mapping):
        raise CelError("no such overload")
    if len(members) > MOST_ITEMS:
        raise UnsupportedError("a macro over very many items")
    return list(members)


def _any(answers: Answers, *, wanted: bool) -> bool:
    """Whether any answer is ``wanted``; a failing one matters only where none is."""
    failed: CelError | None = None
    for answer in answers:
        try:
            if operators.truth(answer()) is wanted:
                return True
        except CelError as error:
            failed = error
    if failed is not None:
        raise failed
    return False


def _chosen(items: list[Value], answers: Answers) -> list[Value]:
    return [i for i, answer in zip(items, answers, strict=True) if operators.truth(answer())]


MACROS: Mapping[str, Callable[[list[Value], Answers], Value]] = {
    "exists": lambda _, answers: _any(answers, wanted=True),
    "all": lambda _, answers: not _any(answers, wanted=False),
    "exists_one": lambda items, answers: len(_chosen(items, answers)) == 1,
    "filter": _chosen,
    "map": lambda _, answers: [answer() for answer in answers],
}


# ---- optional values ----------------------------------------------------------


class Optional(msgspec.Struct, frozen=True):
    """A value that may be missing."""

    value: Value = None
    present: bool = False


def entry(receiver: Eval, key: Eval) -> Eval:
    """``receiver.?key`` and ``receiver[?key]``."""

    def get(variables: Mapping[str, Value]) -> Value:
        return _entry(receiver(variables), key(variables))

    return get


def _entry(found: Value, key: Value) -> Optional:
    if isinstance(found, Optional):
        return _entry(found.value, key) if found.present else found
    try:
        return Optional(operators.member(found, key), present=True)
    except MissingKeyError:
        return Optional()


def _or_value(found: Optional, other: Eval, variables: Mapping[str, Value]) -> Value:
    return found.value if found.present else other(variables)


def _or(found: Optional, other: Eval, variables: Mapping[str, Value]) -> Value:
    return found if found.present else other(variables)


ON_OPTIONAL = ("orValue", "or", "hasValue", "value")


def on_optional(name: str, receiver: Eval, arguments: list[Eval]) -> Eval:
    """A call on an optional value. Raises UnsupportedError for a wrong number of arguments."""
    if len(arguments) != int(name in ("orValue", "or")):
        raise UnsupportedError(f".{name}()")

    def call(variables: Mapping[str, Value]) -> Value:
        found = receiver(variables)
        if not isinstance(found, Optional):
            raise CelError("no such overload")
        if name == "hasValue":
            return found.present
        if name == "value":
            if not found.present:
                raise CelError("optional.none() dereference")
            return found.value
        return (_or_value if name == "orValue" else _or)(found, arguments[0], variables)

    return call

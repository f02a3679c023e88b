"""The part of CEL that device selectors are written in.

https://github.com/google/cel-spec/blob/master/doc/langdef.md
https://kubernetes.io/docs/reference/using-api/cel/
Literals, operators, field and index access, optional or not, ``has()``, ``in``, the macros
over lists and maps, ``cel.bind``, and the functions on texts, quantities and versions. What
goes beyond that raises UnsupportedError, so that nobody takes a guess for an answer. An
expression is untrusted: its length and depth are bounded, and it can call nothing but what
is listed here.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from efadoctor.scheduling.dra import cel_evaluation as evaluation
from efadoctor.scheduling.dra import cel_macros as macros
from efadoctor.scheduling.dra import cel_operators as operators
from efadoctor.scheduling.dra import cel_values as values
from efadoctor.scheduling.dra.cel_evaluation import Eval
from efadoctor.scheduling.dra.cel_values import CelError, UnsupportedError, Value

LONGEST = 10 * 1024
"""The API server's own limit for the length of an expression."""
DEEPEST = 40
MOST_OPERATORS = 200
MOST_MACROS = 8
DEEPEST_MACRO = 2
LONGEST_NUMBER = 20
MOST_WORK = 50_000
"""Items that the macros of all evaluations for a pod go over together."""

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+[uU]?)
    |(?P<raw>[rR](?:"[^"\n]*"|'[^'\n]*'))
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<op>&&|\|\||[=!<>]=|[-+*/%!<>().,:?\[\]])
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_BINDING = {
    "||": 1, "&&": 2,
    "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "in": 3,
    "+": 4, "-": 4, "*": 5, "/": 5, "%": 5,
}  # fmt: skip


def matches(
    expression: str, device: Mapping[str, Value], budget: values.Budget | None = None
) -> bool:
    """Whether the device, bound to the variable ``device``, meets the expression.

    ``budget``: for this and other evaluations together; without it, one of its own.
    Raises CelError where evaluation fails, UnsupportedError where it cannot be tried.
    """
    budget = budget or values.Budget(MOST_WORK)
    try:
        result = compiled(expression)({"device": device, evaluation.BUDGET: budget})
    except RecursionError:
        raise UnsupportedError("nested too deeply") from None
    if not isinstance(result, bool):
        raise CelError("the result is no bool")
    return result


@lru_cache(maxsize=1024)
def compiled(expression: str) -> Eval:
    """The expression as a function of its variables. Raises UnsupportedError."""
    if len(expression) > LONGEST:
        raise UnsupportedError("too long")
    parser = _Parser(_tokens(expression))
    found = parser.expression(0)
    parser.expect("")
    return found


def _tokens(expression: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    text, at = expression.rstrip(), 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise UnsupportedError(f"column {at + 1}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class _Parser:
    """Operator precedence, climbing."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._operators = 0
        self._macros = 0
        self._macro_depth = 0

    def expression(self, binding: int) -> Eval:
        self._depth += 1
        if self._depth > DEEPEST:
            raise UnsupportedError("nested too deeply")
        left = self._unary()
        while (operator := self._peek()) in _BINDING and _BINDING[operator] > binding:
            self._at += 1
            self._operators += 1
            if self._operators > MOST_OPERATORS:
                raise UnsupportedError("too many operators")
            left = evaluation.binary(operator, left, self.expression(_BINDING[operator]))
        if binding == 0 and self._peek() == "?":
            left = self._conditional(left)
        self._depth -= 1
        return left

    def expect(self, text: str) -> None:
        if self._peek() != text:
            raise UnsupportedError(f"expected {text or 'the end'}")
        self._at += 1

    def _peek(self) -> str:
        if self._at >= len(self._tokens):
            return ""
        kind, text = self._tokens[self._at]
        return text if kind in ("op", "name") else f"\0{kind}"

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise UnsupportedError("ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _conditional(self, condition: Eval) -> Eval:
        self.expect("?")
        yes = self.expression(0)
        self.expect(":")
        no = self.expression(0)
        return lambda v: yes(v) if operators.truth(condition(v)) else no(v)

    def _unary(self) -> Eval:
        if self._peek() == "!":
            self._at += 1
            negated = self.expression(_BINDING["%"])
            return lambda v: not operators.truth(negated(v))
        if self._peek() == "-":
            self._at += 1
            number = self.expression(_BINDING["%"])
            return lambda v: operators.arithmetic("-", 0, number(v))
        return self._members(self._primary())

    def _members(self, value: Eval) -> Eval:
        while (operator := self._peek()) in (".", "["):
            self._at += 1
            optional = self._peek() == "?"
            self._at += int(optional)
            if operator == "[":
                key = self.expression(0)
                self.expect("]")
                value = macros.entry(value, key) if optional else evaluation.index(value, key)
            elif optional:
                value = macros.entry(value, evaluation.constant(self._name()))
            else:
                value = self._member(value, self._name())
        return value

    def _name(self) -> str:
        kind, name = self._next()
        if kind != "name":
            raise UnsupportedError("a member without a name")
        return name

    def _member(self, value: Eval, name: str) -> Eval:
        if self._peek() != "(":
            return evaluation.member(value, name)
        if name in macros.MACROS:
            return self._macro(value, name)
        if name in macros.ON_OPTIONAL:
            return macros.on_optional(name, value, self._arguments())
        return evaluation.method(name, value, self._arguments())

    def _macro(self, value: Eval, name: str) -> Eval:
        """``value.name(item, expression)``."""
        self._enter_macro()
        self.expect("(")
        item = self._name()
        self.expect(",")
        body = self.expression(0)
        self.expect(")")
        self._macro_depth -= 1
        return macros.over(name, value, item, body)

    def _bind(self) -> Eval:
        """``cel.bind(name, value, expression)``."""
        self._enter_macro()
        for text in (".", "bind", "("):
            self.expect(text)
        name = self._name()
        self.expect(",")
        value = self.expression(0)
        self.expect(",")
        body = self.expression(0)
        self.expect(")")
        self._macro_depth -= 1
        return macros.bound(name, value, body)

    def _enter_macro(self) -> None:
        self._macros += 1
        self._macro_depth += 1
        if self._macros > MOST_MACROS or self._macro_depth > DEEPEST_MACRO:
            raise UnsupportedError("too many macros")

    def _primary(self) -> Eval:
        kind, text = self._next()
        if kind in ("number", "text", "raw"):
            return evaluation.constant(_literal(kind, text))
        if text == "(":
            inner = self.expression(0)
            self.expect(")")
            return inner
        if text == "[":
            items = self._items("]")
            return lambda v: [item(v) for item in items]
        if kind == "name":
            return self._named(text)
        raise UnsupportedError(f"unexpected {text}")

    def _named(self, name: str) -> Eval:
        constants = {"true": True, "false": False, "null": None}
        if name in constants:
            return lambda _: constants[name]
        if self._peek() == "(":
            return evaluation.function(name, self._arguments())
        if name == "cel" and self._peek() == ".":
            return self._bind()
        return lambda v: evaluation.variable(v, name)

    def _arguments(self) -> list[Eval]:
        self.expect("(")
        return self._items(")")

    def _items(self, end: str) -> list[Eval]:
        items: list[Eval] = []
        while self._peek() != end:
            if items:
                self.expect(",")
            items.append(self.expression(0))
        self.expect(end)
        return items


def _literal(kind: str, text: str) -> Value:
    if kind == "raw":
        return text[2:-1]
    if kind == "text":
        return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[1:-1])
    if len(text) > LONGEST_NUMBER:
        raise UnsupportedError("a number of so many digits")
    return float(text) if re.search(r"[.eE]", text) else int(text.rstrip("uU"))

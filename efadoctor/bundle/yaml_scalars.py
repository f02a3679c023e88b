"""What an unquoted YAML scalar means to Kubernetes.

kubectl and the API server read YAML 1.1 through goyaml.v2, turn it into JSON and go on from
there; PyYAML's own rules differ (``22:22`` is 1,342 to it, ``y`` a text, a date a date).
Rules: https://github.com/kubernetes-sigs/yaml/blob/master/goyaml.v2/resolve.go
"""

import base64
import binascii
import math
import re
from typing import Any

Scalar = str | int | float | bool | None

_TAG = "tag:yaml.org,2002:"
_KINDS: dict[str, tuple[type[Any], ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "null": (type(None),),
}
_NAMED: dict[str, Scalar] = {
    **dict.fromkeys(
        ("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"), True
    ),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_MAY_BE_NUMBER = frozenset("+-.0123456789")
_INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)"
    r"|(?P<dec>0|[1-9][0-9]*))"
)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BASES = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_INT64 = range(-(2**63), 2**64)
_EXACT = 2**53


class ScalarError(ValueError):
    """A scalar that is not what its tag says, or that JSON cannot express."""


def resolve(text: str) -> Scalar:
    """The value of a plain scalar without a tag. Raises ScalarError."""
    if text in _NAMED:
        value = _NAMED[text]
        if isinstance(value, float):
            raise ScalarError(f"{text} is no JSON value")
        return value
    return _number(text.replace("_", ""), text) if text[0] in _MAY_BE_NUMBER else text


_MOST_DIGITS = 64
"""Of a 64 bit number, written in base 2."""


def _number(digits: str, text: str) -> Scalar:
    match = _INTEGER.fullmatch(digits)
    if match is not None and match.lastgroup is not None:
        written = match[match.lastgroup]
        if len(written) > _MOST_DIGITS:
            return text
        value = int(match["sign"] + written, _BASES[match.lastgroup])
        return value if value in _INT64 else float(value)
    if _FLOAT.fullmatch(digits) is None:
        return text
    number = float(digits)
    if math.isinf(number):
        return text
    # Go writes 1e3 as 1000: an integer to whoever reads the JSON
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


def resolve_tagged(text: str, tag: str) -> Scalar:
    """The value of a scalar with a tag. Raises ScalarError where the text does not fit it."""
    kind = tag.removeprefix(_TAG)
    if kind == "binary":
        try:
            return str(base64.b64decode(text), "utf-8", "replace")
        except binascii.Error:
            raise ScalarError("not base64") from None
    if kind not in _KINDS:
        return text
    value = resolve(text)
    # to Python True is an int
    fits = isinstance(value, _KINDS[kind]) and isinstance(value, bool) == (kind == "bool")
    if not fits:
        raise ScalarError(f"not a !!{kind}")
    return value


def key_text(value: Scalar, text: str) -> str:
    """The JSON name of a key: ``on: x`` is ``"true"``, ``1: x`` is ``"1"``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        raise ScalarError("a key must not be null")
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else text

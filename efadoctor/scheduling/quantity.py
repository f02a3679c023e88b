"""Kubernetes quantities: ``1500m``, ``2Gi``, ``1e9``, ``.5``.

The grammar, the rounding and the caps are those of ``resource.Quantity``:
https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go
Its oddities are kept (``Mi`` alone is zero), its overflow is not: an amount beyond an
int64 stays at the greatest int64 instead of wrapping around.
"""

import re
from collections.abc import Mapping
from decimal import MAX_EMAX, MIN_EMIN, ROUND_CEILING, Context, Decimal
from fractions import Fraction
from functools import lru_cache

from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.structs import Quantity

CPU = "cpu"
MAX_AMOUNT = 2**63 - 1

_NANO = 10**9
_NANO_PER_MILLI = 10**6
_MILLI = 1000
_FORM = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]*)(?:\.(?P<fraction>[0-9]*))?"
    r"(?P<suffix>|[numkMGTPE]|[KMGTPE]i|[eE](?P<exponent>[+-]?[0-9]{1,16}))"
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
# Beyond this many digits before or after the point only "enormous" or "tiny" matters.
_ENORMOUS = 64
_EXACT = Context(prec=4 * _ENORMOUS, rounding=ROUND_CEILING, Emax=MAX_EMAX, Emin=MIN_EMIN)
_LONGEST_SHOWN = 40


def parse(quantity: Quantity) -> Fraction:
    """The exact value; anything finer than a billionth is rounded away from zero to one.

    Raises InvalidQuantityError for a text that the API server would not accept.
    """
    return Fraction(_nanos(quantity), _NANO)


def milli(quantity: Quantity) -> int:
    """The value in thousandths, rounded away from zero as the API server does on admission.

    https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/apis/core/v1/defaults.go
    (SetDefaults_ResourceList). Raises InvalidQuantityError.
    """
    return _away(_nanos(quantity), _NANO_PER_MILLI)


def amount(resource: str, quantity: Quantity) -> int:
    """What the scheduler counts with: milli for cpu, whole units (bytes, pieces) for the rest.

    Raises InvalidQuantityError.
    """
    return from_milli(resource, milli(quantity))


def from_milli(resource: str, value: int) -> int:
    """A sum of ``milli`` values in the scheduler's unit for this resource."""
    whole = value if resource == CPU else _away(value, _MILLI)
    return max(-MAX_AMOUNT, min(MAX_AMOUNT, whole))


def amounts(quantities: Mapping[str, Quantity]) -> dict[str, int]:
    """``amount`` of every resource. Raises InvalidQuantityError that names the resource."""
    found: dict[str, int] = {}
    for resource, quantity in quantities.items():
        try:
            found[resource] = amount(resource, quantity)
        except InvalidQuantityError as error:
            raise InvalidQuantityError(f"{resource}: {error}") from None
    return found


def readable(quantities: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """Those that are quantities; what an object says otherwise counts as not said."""
    return {r: q for r, q in quantities.items() if _is_quantity(q)}


def _is_quantity(quantity: Quantity) -> bool:
    try:
        _nanos(quantity)
    except InvalidQuantityError:
        return False
    return True


def _nanos(quantity: Quantity) -> int:
    # repr(1e22) is "1e+22" and repr(0.5) is "0.5": what the JSON decoder would have read.
    return _nanos_of(quantity if isinstance(quantity, str) else repr(quantity))


@lru_cache(maxsize=65536)
def _nanos_of(written: str) -> int:
    text = written.strip()
    match = _FORM.fullmatch(text)
    if match is None or not text:
        shown = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
        raise InvalidQuantityError(f"{shown!r} is not a quantity")
    number = Decimal(f"0{match['whole']}.{match['fraction'] or ''}")
    suffix = match["suffix"]
    if suffix in _BINARY:
        value = min(_rounded_up(number, _NANO << _BINARY[suffix]), MAX_AMOUNT * _NANO)
    else:
        exponent = int(match["exponent"]) if match["exponent"] else _DECIMAL[suffix]
        value = _rounded_up(number.scaleb(exponent, _EXACT), _NANO)
    return -value if match["sign"] == "-" else value


def _rounded_up(number: Decimal, factor: int) -> int:
    """``number * factor`` as an integer."""
    if not number:
        return 0
    if number.adjusted() > _ENORMOUS:
        return int(10**_ENORMOUS)
    if number.adjusted() < -_ENORMOUS:
        return 1
    return int(_EXACT.multiply(number, Decimal(factor)).to_integral_value(ROUND_CEILING))


def _away(value: int, unit: int) -> int:
    """``value / unit`` rounded away from zero."""
    return -(-value // unit) if value >= 0 else value // unit

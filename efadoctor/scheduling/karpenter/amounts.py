"""Amounts of resources as Kubernetes prints them.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go
(CanonicalizeBytes). An amount does not remember in which form it was written: bytes are
printed with a binary suffix, everything else with a decimal one.
"""

import json
from collections.abc import Mapping

_BYTES = ("memory", "ephemeral-storage", "storage")
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = ("", "k", "M", "G", "T", "P", "E")


def canonical(resource: str, amount: int) -> str:
    """An amount in the scheduler's units as a quantity: ``1500m``, ``2Gi``, ``32``."""
    if resource == "cpu":
        whole, milli = divmod(amount, 1000)
        return f"{amount}m" if milli else _suffixed(whole, 1000, _DECIMAL)
    if resource in _BYTES or resource.startswith("hugepages-"):
        return _suffixed(amount, 1024, _BINARY)
    return _suffixed(amount, 1000, _DECIMAL)


def _suffixed(amount: int, base: int, suffixes: tuple[str, ...]) -> str:
    step = 0
    while amount and amount % base == 0 and step < len(suffixes) - 1:
        amount, step = amount // base, step + 1
    return f"{amount}{suffixes[step]}"


def printed(amounts: Mapping[str, int]) -> str:
    """A list of resources as Karpenter's messages have it: JSON, by name."""
    if not amounts:
        return "{}"
    texts = {r: canonical(r, a) for r, a in sorted(amounts.items())}
    return json.dumps(texts, separators=(",", ":"))

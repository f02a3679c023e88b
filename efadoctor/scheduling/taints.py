"""Taints and tolerations.

https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/api/core/v1/toleration.go
"""

import re
from collections.abc import Iterable

from efadoctor.model.kubernetes import Taint, Toleration
from efadoctor.scheduling.integers import integer

NO_SCHEDULE = "NoSchedule"
NO_EXECUTE = "NoExecute"
KEEPS_OFF = (NO_SCHEDULE, NO_EXECUTE)
"""The effects that keep a new pod off a node; PreferNoSchedule only makes it less liked."""

_CANONICAL = re.compile(r"0|-?[1-9][0-9]*")


def tolerates(toleration: Toleration, taint: Taint, *, comparisons: bool = True) -> bool:
    """Whether this toleration meets this taint (``ToleratesTaint``).

    ``comparisons=False`` is a control plane without the operators ``Gt`` and ``Lt``: they meet
    nothing then. Their feature gate, TaintTolerationComparisonOperators, is alpha and off by
    default in 1.35 and 1.36, which are the first to know it
    (https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/features/kube_features.go), and
    the API server stores no pod with such a toleration unless the gate is on
    (https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/api/pod/util.go). So one that
    is seen in a cluster counts.
    """
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    match toleration.operator:
        case "" | "Equal":
            return toleration.value == taint.value
        case "Exists":
            return True
        case "Gt" | "Lt" if comparisons:
            return _compares(toleration, taint)
        case _:
            return False


def untolerated(
    taints: Iterable[Taint],
    tolerations: Iterable[Toleration],
    effects: Iterable[str] = KEEPS_OFF,
    *,
    comparisons: bool = True,
) -> tuple[tuple[int, Taint], ...]:
    """Every taint of these effects that no toleration meets, with its index in ``taints``."""
    kept, wanted = tuple(tolerations), frozenset(effects)
    return tuple(
        (index, taint)
        for index, taint in enumerate(taints)
        if taint.effect in wanted
        and not any(tolerates(t, taint, comparisons=comparisons) for t in kept)
    )


def _compares(toleration: Toleration, taint: Taint) -> bool:
    """The taint's value is greater (Gt) or less (Lt) than the toleration's; both int64."""
    wanted, found = _integer(toleration.value), _integer(taint.value)
    if wanted is None or found is None:
        return False
    return found > wanted if toleration.operator == "Gt" else found < wanted


def _integer(text: str) -> int | None:
    """A decimal int64 without sign ``+`` or leading zeros, None for any other text."""
    return integer(text) if _CANONICAL.fullmatch(text) else None

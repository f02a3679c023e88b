"""What kube-scheduler writes about a pod that no node takes, preemption left out.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/types.go (FitError)
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/schedule_one.go
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from efadoctor.model.version import ServerVersion

NO_NODES = "no nodes available to schedule pods"
GATED = "Scheduling is blocked due to non-empty scheduling gates"
NOT_SATISFIED = "node(s) didn't satisfy plugin(s) [{plugins}]"
LEFT_OUT = "node is filtered out by the prefilter result"

# Nodes that a PreFilter leaves out are counted since
# https://github.com/kubernetes/kubernetes/pull/126022; before, only three releases did so:
# https://github.com/kubernetes/kubernetes/pull/125306,
# https://github.com/kubernetes/kubernetes/pull/125307.
FIRST_WITH_NOT_SATISFIED = ServerVersion(1, 32)
WITH_LEFT_OUT = (ServerVersion(1, 29, 5), ServerVersion(1, 30, 0), ServerVersion(1, 30, 1))


def filtered(total: int, reasons: Iterable[tuple[int, Sequence[str]]]) -> str:
    """The message after the filters ran: how many nodes have each reason.

    ``reasons`` are numbers of nodes with the reasons they share. The clauses are sorted as
    texts, so that ``10 …`` comes before ``2 …``.
    """
    histogram: Counter[str] = Counter()
    for count, shared in reasons:
        for reason in shared:
            histogram[reason] += count
    clauses = sorted(f"{count} {reason}" for reason, count in histogram.items())
    return _available(total, ", ".join(clauses))


def rejected(total: int, reason: str) -> str:
    """The message after a PreFilter rejected the pod for every node."""
    return _available(total, reason)


def gave_up(plugin: str, error: str) -> str:
    """The message where a filter fails instead of refusing."""
    return f'running "{plugin}" filter plugin: {error}'


def not_satisfied(plugins: Collection[str], version: ServerVersion) -> tuple[str, ...]:
    """The reason of nodes that a PreFilter left out when it narrowed the choice, if one is given.

    An unknown version reads as the newest.
    """
    if not version or version >= FIRST_WITH_NOT_SATISFIED:
        return (NOT_SATISFIED.format(plugins=" ".join(sorted(plugins))),)
    return (LEFT_OUT,) if version in WITH_LEFT_OUT else ()


def _available(total: int, what: str) -> str:
    head = f"0/{total} nodes are available:"
    return f"{head} {what}." if what else head

"""What kube-scheduler writes about a pod that no node takes, preemption left out.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/types.go (FitError)
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/schedule_one.go
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

NO_NODES = "no nodes available to schedule pods"
GATED = "Scheduling is blocked due to non-empty scheduling gates"
NOT_SATISFIED = "node(s) didn't satisfy plugin(s) [{plugins}]"


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


def not_satisfied(plugins: Collection[str]) -> str:
    """The reason of nodes that a PreFilter left out when it narrowed the choice."""
    return NOT_SATISFIED.format(plugins=" ".join(sorted(plugins)))


def _available(total: int, what: str) -> str:
    head = f"0/{total} nodes are available:"
    return f"{head} {what}." if what else head

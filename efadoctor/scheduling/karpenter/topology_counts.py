"""How many matching pods each domain has, for a topology constraint.

A large cluster has a hundred thousand pods of a few hundred kinds, so a selector is asked
about each set of labels once, and a node about its place once.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/scheduling/topology.go
(countDomains)
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from efadoctor.model.kubernetes import LabelSelector, Node, Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.names import HOSTNAME
from efadoctor.scheduling.requirements import Requirement

_ABSENT = ("NotIn", "DoesNotExist")


class Counted(msgspec.Struct, frozen=True):
    """Which pods count, on which nodes, by which label; a missing selector matches all."""

    key: str
    namespaces: frozenset[str]
    selector: LabelSelector | None
    same: tuple[Requirement, ...] = ()
    on: Callable[[Node], bool] = lambda _: True


class _Crowd(msgspec.Struct, frozen=True):
    """Pods of one namespace with the same labels: their names, by the name of their node."""

    labels: Mapping[str, str]
    names: dict[str, list[str]]


def count(snapshot: Snapshot, pod: Pod, counts: dict[str, int], counted: Counted) -> None:
    """Adds the nodes' domains, and the cluster's matching pods but ``pod`` itself."""
    domains: dict[str, str] = {}
    for node in snapshot.all(Node):
        name, labels = node.metadata.name, node.metadata.labels
        domain = labels.get(counted.key)
        if domain is None and counted.key != HOSTNAME:
            continue
        if counted.on(node):
            domains[name] = name if domain is None else domain
            if domain is not None:
                counts.setdefault(domain, 0)
    wanted = _wanted(counted.selector, counted.same) if counted.selector is not None else ()
    crowds = snapshot.once(_crowds)
    for namespace in counted.namespaces:
        itself = pod.metadata.name if namespace == pod.metadata.namespace else None
        for crowd in crowds.get(namespace, ()):
            if all(_meets(crowd.labels, requirement) for requirement in wanted):
                _add(counts, crowd, domains, itself)


def _add(
    counts: dict[str, int], crowd: _Crowd, domains: Mapping[str, str], itself: str | None
) -> None:
    for node, names in crowd.names.items():
        number = len(names) - (itself in names)
        if number and (domain := domains.get(node)) is not None:
            counts[domain] = counts.get(domain, 0) + number


def _crowds(snapshot: Snapshot) -> dict[str, tuple[_Crowd, ...]]:
    """By namespace: the pods that are bound, not finished and not being deleted."""
    found: dict[str, dict[frozenset[tuple[str, str]], _Crowd]] = {}
    for pod in snapshot.all(Pod):
        meta, node = pod.metadata, pod.spec.node_name
        if not node or is_finished(pod) or meta.deletion_timestamp is not None:
            continue
        of_namespace = found.setdefault(meta.namespace, {})
        key = frozenset(meta.labels.items())
        crowd = of_namespace.get(key)
        if crowd is None:
            crowd = of_namespace[key] = _Crowd(meta.labels, {})
        crowd.names.setdefault(node, []).append(meta.name)
    return {namespace: tuple(crowds.values()) for namespace, crowds in found.items()}


def is_finished(pod: Pod) -> bool:
    return pod.status.phase in {"Succeeded", "Failed"}


# ---- selectors --------------------------------------------------------------


def selects(selector: LabelSelector, pod: Pod, more: Iterable[Requirement] = ()) -> bool:
    """Whether a label selector (and further requirements) matches a pod's labels."""
    return all(_meets(pod.metadata.labels, r) for r in _wanted(selector, more))


def _wanted(selector: LabelSelector, more: Iterable[Requirement]) -> tuple[Requirement, ...]:
    return (
        *(Requirement(k, values=frozenset({v})) for k, v in selector.match_labels.items()),
        *(Requirement.of(e.key, e.operator, e.values) for e in selector.match_expressions),
        *more,
    )


def _meets(labels: Mapping[str, str], requirement: Requirement) -> bool:
    value = labels.get(requirement.key)
    return requirement.operator in _ABSENT if value is None else requirement.has(value)

"""The topology constraints of a pod: its own, and other pods' anti-affinity against it.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/scheduling/topology.go
https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/scheduling/topologynodefilter.go
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from efadoctor.model.kubernetes import (
    LabelSelector,
    Namespace,
    Node,
    Pod,
    PodAffinityTerm,
    Taint,
    TopologySpreadConstraint,
)
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.karpenter.blockers import Topology
from efadoctor.scheduling.karpenter.topology import ALL_EFFECTS, Domains, Group
from efadoctor.scheduling.karpenter.wants import of_term
from efadoctor.scheduling.names import HOSTNAME
from efadoctor.scheduling.requirements import Requirement, Requirements
from efadoctor.scheduling.taints import untolerated

_HONOR = "Honor"


def groups_of(snapshot: Snapshot, pod: Pod, domains: Domains, as_written: Pod) -> tuple[Group, ...]:
    """Every constraint that decides where the pod may be: its own, then other pods'.

    ``as_written`` is the pod before it gave up any preference: the domains of its affinity are
    those that it tolerated then.
    """
    return (
        *(_spread_group(snapshot, pod, c, domains) for c in pod.spec.topology_spread_constraints),
        *_affinity_groups(snapshot, pod, domains, as_written),
        *_inverse_groups(snapshot, as_written, domains),
    )


def _spread_group(
    snapshot: Snapshot, pod: Pod, constraint: TopologySpreadConstraint, domains: Domains
) -> Group:
    same = [
        Requirement.of(key, "In", (pod.metadata.labels[key],))
        for key in constraint.match_label_keys
        if key in pod.metadata.labels
    ]
    counted_nodes = _spread_filter(pod, constraint)
    honor_taints = constraint.node_taints_policy == _HONOR
    universe = domains.get(constraint.topology_key, {})
    counts = _tolerated(universe, pod) if honor_taints else dict.fromkeys(universe, 0)
    mine = frozenset({pod.metadata.namespace})
    selector = constraint.label_selector
    counted = _Counted(constraint.topology_key, mine, selector, tuple(same), counted_nodes)
    _count(snapshot, pod, counts, counted)
    return Group(
        kind=Topology.SPREAD,
        key=constraint.topology_key,
        counts=counts,
        max_skew=constraint.max_skew,
        min_domains=constraint.min_domains,
        selects_itself=selector is not None and selects(selector, pod, same),
    )


def _spread_filter(pod: Pod, constraint: TopologySpreadConstraint) -> Callable[[Node], bool]:
    """Which nodes count for a spread constraint, by its two node policies."""
    selector = Requirements.of_labels(pod.spec.node_selector)
    affinity = pod.spec.affinity.node_affinity if pod.spec.affinity is not None else None
    terms = affinity.required.node_selector_terms if affinity and affinity.required else ()
    any_of = [selector.plus(of_term(term)) for term in terms] or [selector]

    def counts(node: Node) -> bool:
        labels = Requirements.of_labels(node.metadata.labels)
        if constraint.node_affinity_policy == _HONOR and not any(
            labels.is_compatible(wanted) for wanted in any_of
        ):
            return False
        return constraint.node_taints_policy != _HONOR or _tolerates_all(pod, node.spec.taints)

    return counts


def _affinity_groups(
    snapshot: Snapshot, pod: Pod, domains: Domains, as_written: Pod
) -> Iterator[Group]:
    affinity = pod.spec.affinity
    if affinity is None:
        return
    for kind, rules in (
        (Topology.AFFINITY, affinity.pod_affinity),
        (Topology.ANTI_AFFINITY, affinity.pod_anti_affinity),
    ):
        if rules is None:
            continue
        preferred = (weighted.pod_affinity_term for weighted in rules.preferred)
        for term in (*rules.required, *preferred):
            namespaces = _namespaces(snapshot, pod, term)
            counts = _tolerated(domains.get(term.topology_key, {}), as_written)
            counted = _Counted(term.topology_key, namespaces, term.label_selector)
            _count(snapshot, pod, counts, counted)
            itself = _selects_pod(term, namespaces, pod)
            yield Group(kind=kind, key=term.topology_key, counts=counts, selects_itself=itself)


def _inverse_groups(snapshot: Snapshot, pod: Pod, domains: Domains) -> Iterator[Group]:
    """Other pods' (and its own) required anti-affinity that speaks of this pod.

    Equal terms are one constraint: its domains are those that the first pod with it tolerates.
    """
    found: dict[tuple[str, frozenset[str], object], dict[str, int]] = {}
    for other in (*snapshot.once(_repelling_pods), pod):
        if other is not pod and _same(other, pod):
            continue
        for term in _repelling_terms(other):
            namespaces = _namespaces(snapshot, other, term)
            if not _selects_pod(term, namespaces, pod):
                continue
            key = term.topology_key
            same = (key, namespaces, _written(term.label_selector))
            counts = found.get(same)
            if counts is None:
                counts = found[same] = _tolerated(domains.get(key, {}), other)
            node = snapshot.get(Node, other.spec.node_name) if other is not pod else None
            if node is not None and (domain := node.metadata.labels.get(key)) is not None:
                counts[domain] = counts.get(domain, 0) + 1
    for (key, _, _), counts in found.items():
        yield Group(kind=Topology.ANTI_AFFINITY, key=key, counts=counts, inverse=True)


def _repelling_pods(snapshot: Snapshot) -> tuple[Pod, ...]:
    """The bound pods with a required anti-affinity: also those that are being deleted."""
    return tuple(
        pod
        for pod in snapshot.all(Pod)
        if pod.spec.node_name and not _is_finished(pod) and _repelling_terms(pod)
    )


def _repelling_terms(pod: Pod) -> tuple[PodAffinityTerm, ...]:
    affinity = pod.spec.affinity
    rules = affinity.pod_anti_affinity if affinity is not None else None
    return rules.required if rules is not None else ()


def _written(selector: LabelSelector | None) -> object:
    """A selector as something to compare: in whatever order it was written."""
    if selector is None:
        return None
    expressions = ((e.key, e.operator, frozenset(e.values)) for e in selector.match_expressions)
    return frozenset(selector.match_labels.items()), frozenset(expressions)


# ---- counting ---------------------------------------------------------------


class _Counted(msgspec.Struct, frozen=True):
    """Which pods count, on which nodes, by which label; a missing selector matches all."""

    key: str
    namespaces: frozenset[str]
    selector: LabelSelector | None
    same: tuple[Requirement, ...] = ()
    on: Callable[[Node], bool] = lambda _: True


def _count(snapshot: Snapshot, pod: Pod, counts: dict[str, int], counted: _Counted) -> None:
    """Adds the nodes' domains, and the cluster's matching pods but ``pod`` itself."""
    for node in snapshot.all(Node):
        if counted.key in node.metadata.labels and counted.on(node):
            counts.setdefault(node.metadata.labels[counted.key], 0)
    for other in snapshot.all(Pod):
        if other.metadata.namespace not in counted.namespaces or not _counts(other):
            continue
        if counted.selector is not None and not selects(counted.selector, other, counted.same):
            continue
        its_node = snapshot.get(Node, other.spec.node_name)
        if its_node is None or _same(other, pod) or not counted.on(its_node):
            continue
        own_name = its_node.metadata.name if counted.key == HOSTNAME else None
        domain = its_node.metadata.labels.get(counted.key, own_name)
        if domain is not None:
            counts[domain] = counts.get(domain, 0) + 1


def selects(selector: LabelSelector, pod: Pod, more: Iterable[Requirement] = ()) -> bool:
    """Whether a label selector (and further requirements) matches a pod's labels."""
    wanted = Requirements(
        (
            *(Requirement(k, values=frozenset({v})) for k, v in selector.match_labels.items()),
            *(Requirement.of(e.key, e.operator, e.values) for e in selector.match_expressions),
            *more,
        )
    )
    return Requirements.of_labels(pod.metadata.labels).is_compatible(wanted)


def _selects_pod(term: PodAffinityTerm, namespaces: frozenset[str], pod: Pod) -> bool:
    inside = pod.metadata.namespace in namespaces
    return inside and term.label_selector is not None and selects(term.label_selector, pod)


def _namespaces(snapshot: Snapshot, owner: Pod, term: PodAffinityTerm) -> frozenset[str]:
    """The namespaces that a term speaks of; its owner's where it names none."""
    named = frozenset(term.namespaces)
    if term.namespace_selector is None:
        return named or frozenset({owner.metadata.namespace})
    wanted = Requirements.of_labels(term.namespace_selector.match_labels).plus(
        Requirement.of(e.key, e.operator, e.values)
        for e in term.namespace_selector.match_expressions
    )
    selected = (
        n.metadata.name
        for n in snapshot.all(Namespace)
        if Requirements.of_labels(n.metadata.labels).is_compatible(wanted)
    )
    return named | frozenset(selected)


def _counts(pod: Pod) -> bool:
    """Whether a pod is bound, not finished and not being deleted."""
    deleting = pod.metadata.deletion_timestamp is not None
    return bool(pod.spec.node_name) and not _is_finished(pod) and not deleting


def _is_finished(pod: Pod) -> bool:
    return pod.status.phase in {"Succeeded", "Failed"}


def _same(a: Pod, b: Pod) -> bool:
    return (a.metadata.namespace, a.metadata.name) == (b.metadata.namespace, b.metadata.name)


def _tolerated(universe: Mapping[str, tuple[tuple[Taint, ...], ...]], pod: Pod) -> dict[str, int]:
    """The domains of the pools whose taints the pod tolerates, without any pod yet."""
    tolerated: dict[tuple[Taint, ...], bool] = {}
    for sets in universe.values():
        for taints in sets:
            if taints not in tolerated:
                tolerated[taints] = _tolerates_all(pod, taints)
    return {d: 0 for d, sets in universe.items() if any(tolerated[taints] for taints in sets)}


def _tolerates_all(pod: Pod, taints: Iterable[Taint]) -> bool:
    return not untolerated(taints, pod.spec.tolerations, ALL_EFFECTS)

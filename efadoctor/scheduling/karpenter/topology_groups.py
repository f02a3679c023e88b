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
from efadoctor.scheduling.bound import PLACED
from efadoctor.scheduling.karpenter.blockers import Topology
from efadoctor.scheduling.karpenter.topology import ALL_EFFECTS, Domains, Group
from efadoctor.scheduling.karpenter.topology_counts import Counted, count, is_finished, selects
from efadoctor.scheduling.karpenter.wants import of_term
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
    counted = Counted(constraint.topology_key, mine, selector, tuple(same), counted_nodes)
    count(snapshot, pod, counts, counted)
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
    chosen = constraint.node_affinity_policy == _HONOR and all(any_of)

    def counts(node: Node) -> bool:
        if chosen:
            labels = Requirements.of_labels(node.metadata.labels)
            if not any(labels.is_compatible(wanted) for wanted in any_of):
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
            counted = Counted(term.topology_key, namespaces, term.label_selector)
            count(snapshot, pod, counts, counted)
            itself = _selects_pod(term, namespaces, pod)
            yield Group(kind=kind, key=term.topology_key, counts=counts, selects_itself=itself)


class _Repulsion(msgspec.Struct, frozen=True):
    """One required anti-affinity term of bound pods, and how many have it in each domain.

    ``owner`` is the first pod with it: the term's domains are those that it tolerates.
    """

    term: PodAffinityTerm
    namespaces: frozenset[str]
    owner: Pod
    counts: dict[str, int]


def _inverse_groups(snapshot: Snapshot, pod: Pod, domains: Domains) -> Iterator[Group]:
    """Other pods' (and its own) required anti-affinity that speaks of this pod."""
    bound = bool(pod.spec.node_name)
    known = _repulsions(snapshot, pod) if bound else snapshot.once_of(_REPELLING, _repulsions)
    own: dict[_Term, _Repulsion] = {}
    for term in _repelling_terms(pod):
        key, repulsion = _repulsion(snapshot, pod, term)
        if key not in known:
            own.setdefault(key, repulsion)
    for repulsion in (*known.values(), *own.values()):
        if _selects_pod(repulsion.term, repulsion.namespaces, pod):
            over = repulsion.term.topology_key
            counts = _tolerated(domains.get(over, {}), repulsion.owner)
            for domain, number in repulsion.counts.items():
                counts[domain] = counts.get(domain, 0) + number
            yield Group(kind=Topology.ANTI_AFFINITY, key=over, counts=counts, inverse=True)


_REPELLING = (PLACED, Node, Namespace)

_Term = tuple[str, frozenset[str], object]
"""What makes terms equal: topology key, namespaces, selector."""


def _repulsions(snapshot: Snapshot, but: Pod | None = None) -> dict[_Term, _Repulsion]:
    """What the bound pods, but one of them, repel; those that are being deleted as well."""
    found: dict[_Term, _Repulsion] = {}
    for pod in snapshot.all(Pod):
        if not pod.spec.node_name or is_finished(pod) or (but is not None and _same(pod, but)):
            continue
        for term in _repelling_terms(pod):
            key, new = _repulsion(snapshot, pod, term)
            repulsion = found.setdefault(key, new)
            node = snapshot.get(Node, pod.spec.node_name)
            if node is not None and (domain := node.metadata.labels.get(term.topology_key)):
                repulsion.counts[domain] = repulsion.counts.get(domain, 0) + 1
    return found


def _repulsion(snapshot: Snapshot, pod: Pod, term: PodAffinityTerm) -> tuple[_Term, _Repulsion]:
    namespaces = _namespaces(snapshot, pod, term)
    key = (term.topology_key, namespaces, _written(term.label_selector))
    return key, _Repulsion(term, namespaces, pod, {})


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


# ---- what a term speaks of ---------------------------------------------------


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

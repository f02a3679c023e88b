"""The pod affinity rules that a way in does not meet, whoever holds them against it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import Case, Path
from efadoctor.model.kubernetes import Namespace, Pod, PodAffinityTerm
from efadoctor.scheduling.affinity import AffinityTerm, affinity_terms
from efadoctor.scheduling.karpenter.blockers import Topology, TopologyUnmet
from efadoctor.scheduling.names import ZONE
from efadoctor.scheduling.refusals import PodAffinitySide, PodAffinityUnmet
from efadoctor_checks._offerings import led_elsewhere

_OF_POOLS = {
    Topology.AFFINITY: PodAffinitySide.AFFINITY,
    Topology.ANTI_AFFINITY: PodAffinitySide.ANTI_AFFINITY,
}


class Rule(msgspec.Struct, frozen=True):
    """One term: whose side it is, and its index (of other pods': none, but their key)."""

    side: PodAffinitySide
    index: int
    key: str


def unmet(case: Case, path: Path) -> tuple[Rule, ...]:
    """Every rule that a way in does not meet."""
    return tuple(dict.fromkeys((*_of_node(path), *_of_pool(case, path))))


def _of_node(path: Path) -> Iterator[Rule]:
    for refusal in path.of_kind(PodAffinityUnmet):
        yield Rule(refusal.side, refusal.index, refusal.topology_key)


def _of_pool(case: Case, path: Path) -> Iterator[Rule]:
    for blocker in path.judgement.blockers if path.judgement is not None else ():
        if not isinstance(blocker, TopologyUnmet) or blocker.kind not in _OF_POOLS:
            continue
        side = _OF_POOLS[blocker.kind]
        if blocker.inverse:
            yield Rule(PodAffinitySide.EXISTING_ANTI_AFFINITY, 0, blocker.key)
            continue
        for index, term in enumerate(terms_of(case.pod, side)):
            if term.topology_key == blocker.key:
                yield Rule(side, index, blocker.key)
    for index, term in enumerate(terms_of(case.pod, PodAffinitySide.AFFINITY)):
        if term.topology_key == ZONE and led_elsewhere(path) and not _has_volumes(case):
            yield Rule(PodAffinitySide.AFFINITY, index, ZONE)


def _has_volumes(case: Case) -> bool:
    """Whether it may be a volume that leads the pod to a zone."""
    return any(v.persistent_volume_claim or v.ephemeral for v in case.pod.spec.volumes)


def terms_of(pod: Pod, side: PodAffinitySide) -> tuple[PodAffinityTerm, ...]:
    """The pod's own required terms of one side."""
    affinity = pod.spec.affinity
    if affinity is None:
        return ()
    own = side is PodAffinitySide.AFFINITY
    found = affinity.pod_affinity if own else affinity.pod_anti_affinity
    return found.required if found is not None else ()


def is_matched(case: Case, rule: Rule) -> bool:
    """Whether any pod that runs matches the term."""
    terms = affinity_terms(case.pod.metadata, case.pod.spec)
    if rule.index >= len(terms):
        return False
    namespaces = {n.metadata.name: n.metadata.labels for n in case.snapshot.all(Namespace)}
    return any(
        p.spec.node_name and _matches(terms[rule.index], p, namespaces.get(p.metadata.namespace))
        for p in case.snapshot.all(Pod)
    )


def _matches(term: AffinityTerm, pod: Pod, namespace: object) -> bool:
    labels = namespace if isinstance(namespace, dict) else {}
    return term.matches(pod.metadata.namespace, pod.metadata.labels, labels)

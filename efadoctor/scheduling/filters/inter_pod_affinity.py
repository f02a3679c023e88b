"""InterPodAffinity: near these pods, away from those, and where nobody there objects.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/interpodaffinity/filtering.go
"""

from collections.abc import Hashable, Mapping

import msgspec

from efadoctor.model.version import ServerVersion
from efadoctor.scheduling import selectors
from efadoctor.scheduling.affinity import AffinityTerm, affinity_terms, anti_affinity_terms
from efadoctor.scheduling.crowds import crowds
from efadoctor.scheduling.filters.plugin import SKIP, Incoming, Prepared, projected
from efadoctor.scheduling.index import ClusterIndex
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.refusals import Plugin, PodAffinitySide, PodAffinityUnmet, Refusal

REASONS = {
    PodAffinitySide.AFFINITY: "node(s) didn't match pod affinity rules",
    PodAffinitySide.ANTI_AFFINITY: "node(s) didn't match pod anti-affinity rules",
    PodAffinitySide.EXISTING_ANTI_AFFINITY: (
        "node(s) didn't satisfy existing pods anti-affinity rules"
    ),
}

# https://github.com/kubernetes/kubernetes/issues/141526, since
# https://github.com/kubernetes/kubernetes/pull/132457
FIRST_WITH_LEFTOVER_SELECTOR = ServerVersion(1, 34)

Domain = tuple[str, str]
"""A topology key and one of its values."""


class InterPodAffinity(msgspec.Struct, frozen=True):
    """``near``: domains with pods that match all affinity terms; ``far`` and ``repelled``:
    domains with a pod (by row) that an anti-affinity term means, or that objects itself.
    """

    index: ClusterIndex
    affinity: tuple[AffinityTerm, ...]
    anti_affinity: tuple[AffinityTerm, ...]
    near: frozenset[Domain]
    far: Mapping[Domain, int]
    repelled: Mapping[Domain, int]
    meets_itself: bool
    keys: tuple[str, ...]

    def sees(self, state: NodeState) -> Hashable:
        return projected(state.node, self.keys)

    def refusals(self, state: NodeState) -> tuple[Refusal, ...]:
        return (
            *self._affinity_unmet(state),
            *self._anti_affinity_unmet(state),
            *self._repelled_from(state),
        )

    def _affinity_unmet(self, state: NodeState) -> tuple[Refusal, ...]:
        """The first pod of a series that wants to be near itself may go anywhere."""
        first = not self.near and self.meets_itself
        return tuple(
            _unmet(PodAffinitySide.AFFINITY, term.topology_key, number)
            for number, term in enumerate(self.affinity)
            if (value := state.labels.get(term.topology_key)) is None
            or not (first or (term.topology_key, value) in self.near)
        )

    def _anti_affinity_unmet(self, state: NodeState) -> tuple[Refusal, ...]:
        found: list[Refusal] = []
        for number, term in enumerate(self.anti_affinity):
            key = term.topology_key
            row = self.far.get((key, state.labels[key])) if key in state.labels else None
            if row is not None:
                holder = self.index.holder(row)
                found.append(_unmet(PodAffinitySide.ANTI_AFFINITY, key, number, holder))
        return tuple(found)

    def _repelled_from(self, state: NodeState) -> tuple[Refusal, ...]:
        side = PodAffinitySide.EXISTING_ANTI_AFFINITY
        return tuple(
            _unmet(side, key, 0, self.index.holder(row))
            for (key, value), row in self.repelled.items()
            if state.labels.get(key) == value
        )


def _unmet(side: PodAffinitySide, key: str, index: int, holder: str = "") -> Refusal:
    return PodAffinityUnmet(
        plugin=Plugin.INTER_POD_AFFINITY,
        reason=REASONS[side],
        unresolvable=side is PodAffinitySide.AFFINITY,
        side=side,
        topology_key=key,
        index=index,
        holder=holder,
    )


def prepare(incoming: Incoming) -> Prepared:
    pod, index = incoming.pod, incoming.index
    affinity = _resolved(affinity_terms(pod.metadata, pod.spec), incoming)
    anti_affinity = _resolved(anti_affinity_terms(pod.metadata, pod.spec), incoming)
    repelled = _repelled(incoming)
    if not (affinity or anti_affinity or repelled):
        return SKIP
    keys = {t.topology_key for t in (*affinity, *anti_affinity)} | {key for key, _ in repelled}
    namespace, labels = incoming.namespace, pod.metadata.labels
    return Prepared(
        InterPodAffinity(
            index=index,
            affinity=affinity,
            anti_affinity=anti_affinity,
            near=_near(affinity, index),
            far=_far(anti_affinity, index),
            repelled=repelled,
            meets_itself=all(t.matches(namespace, labels, {}) for t in affinity),
            keys=tuple(sorted(keys)),
        )
    )


def _resolved(terms: tuple[AffinityTerm, ...], incoming: Incoming) -> tuple[AffinityTerm, ...]:
    """Terms with their namespace selectors turned into the names of the namespaces they mean.

    From 1.34 on the selector stays beside the names, and is asked again about a namespace
    without labels: one that such a namespace meets (``NotIn``, ``DoesNotExist``) means the
    pods of every namespace.
    """
    version = incoming.version
    stays = not version or version >= FIRST_WITH_LEFTOVER_SELECTOR
    return tuple(_with_namespaces(term, incoming.index, selector_stays=stays) for term in terms)


def _with_namespaces(
    term: AffinityTerm, index: ClusterIndex, *, selector_stays: bool
) -> AffinityTerm:
    selector = term.namespace_selector
    if selector.nothing or selector.matches_everything:
        return term
    meant = {name for name, labels in index.namespaces().items() if selector.matches(labels)}
    return msgspec.structs.replace(
        term,
        namespaces=term.namespaces | meant,
        namespace_selector=selector if selector_stays else selectors.NOTHING,
    )


def _near(terms: tuple[AffinityTerm, ...], index: ClusterIndex) -> frozenset[Domain]:
    """The domains of the pods that match all terms."""
    found: set[Domain] = set()
    for crowd in crowds(index) if terms else ():
        if all(t.matches(crowd.namespace, crowd.labels, {}) for t in terms):
            for node in crowd.rows:
                labels = index.nodes[node].labels
                found.update(
                    (t.topology_key, labels[t.topology_key])
                    for t in terms
                    if t.topology_key in labels
                )
    return frozenset(found)


def _far(terms: tuple[AffinityTerm, ...], index: ClusterIndex) -> dict[Domain, int]:
    """The domains of the pods that any term means, each with one such pod."""
    found: dict[Domain, int] = {}
    for crowd in crowds(index) if terms else ():
        keys = {t.topology_key for t in terms if t.matches(crowd.namespace, crowd.labels, {})}
        for node, rows in crowd.rows.items() if keys else ():
            labels = index.nodes[node].labels
            for key in keys & labels.keys():
                found.setdefault((key, labels[key]), rows[0])
    return found


def _repelled(incoming: Incoming) -> dict[Domain, int]:
    """The domains in which a bound pod's anti-affinity means the incoming pod."""
    index, labels = incoming.index, incoming.pod.metadata.labels
    namespace_labels = index.namespace_labels(incoming.namespace)
    found: dict[Domain, int] = {}
    for state, row, term in index.repelling():
        key = term.topology_key
        if key in state.labels and term.matches(incoming.namespace, labels, namespace_labels):
            found.setdefault((key, state.labels[key]), row)
    return found

"""The cluster as the scheduler's filters see it: nodes with what is left of them.

Built once for a snapshot. Nodes that do not exist as objects hold nothing, however many
pods name them; an object with an invalid quantity is left out and recorded as a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import msgspec

from efadoctor.model.coverage import Gap
from efadoctor.model.garbage import collection_paused
from efadoctor.model.inert import inert
from efadoctor.model.kubernetes import Namespace, Node, Pod, Volume
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.affinity import AffinityTerm
from efadoctor.scheduling.bound import PLACED, BoundPods
from efadoctor.scheduling.node_states import NodeState, NodeStates, holding, node_states
from efadoctor.scheduling.selectors import Labels

T = TypeVar("T")

NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The label that the API server gives to every namespace."""


class ClusterIndex:
    """Nodes by name, and the pods on them by what they hold and by their labels."""

    def __init__(self, snapshot: Snapshot, bound: BoundPods, states: NodeStates) -> None:
        self.snapshot = snapshot
        self.bound = bound
        self.nodes = states.by_name
        self.gaps: tuple[Gap, ...] = (*bound.gaps, *states.gaps)
        self._states = states
        self.added: tuple[ClusterIndex, str, tuple[int, ...]] | None = None
        self._derived: dict[Any, Any] = {}

    @classmethod
    def of(cls, snapshot: Snapshot) -> ClusterIndex:
        """The index of a snapshot, built on first use."""
        return snapshot.once(_build)

    def once(self, build: Callable[[ClusterIndex], T]) -> T:
        """What ``build`` makes of this index, made on first use and kept."""
        if build not in self._derived:
            with collection_paused():
                self._derived[build] = build(self)
        return cast("T", self._derived[build])

    # ---- pods ---------------------------------------------------------------

    def row_of(self, namespace: str, name: str) -> int | None:
        """The row of the bound pod of this name, None where there is none."""
        for number in self.bound.named(name):
            if _namespace_of(self.bound.rows[number]) == namespace:
                return number
        return None

    def excluding(self, row: int) -> ClusterIndex:
        """The same cluster without the pod in this row."""
        nodes = {
            name: _without(state, row, self.bound) if row in state.rows else state
            for name, state in self.nodes.items()
        }
        return self._with(nodes)

    def including(self, node: str, rows: Sequence[int]) -> ClusterIndex:
        """The same cluster with the pods in these rows on the node besides.

        ``added`` of the copy is this index, the node and the rows.
        """
        more = tuple(row for row in rows if self.bound.holds(row))
        state = self.nodes[node]
        copy = self._with({**self.nodes, node: holding(state, self.bound, (*state.rows, *more))})
        copy.added = (self, node, more)
        return copy

    def _with(self, nodes: Mapping[str, NodeState]) -> ClusterIndex:
        return ClusterIndex(self.snapshot, self.bound, NodeStates(nodes, self._states.gaps))

    def volumes(self, row: int) -> tuple[Volume, ...]:
        """The volumes of the pod in this row."""
        found = self.bound.rows[row]
        if isinstance(found, Pod):
            return found.spec.volumes
        try:
            return msgspec.convert(found["spec"].get("volumes") or (), tuple[Volume, ...])
        except msgspec.ValidationError:
            return self.bound.view(row).spec.volumes

    def namespace_of(self, row: int) -> str:
        """The namespace of the pod in this row."""
        return _namespace_of(self.bound.rows[row])

    def holder(self, row: int) -> str:
        """The name of the pod in this row, for people: namespace/name."""
        found = self.bound.rows[row]
        return inert(f"{_namespace_of(found)}/{_name_of(found)}")

    def repelling(self) -> Iterator[tuple[NodeState, int, AffinityTerm]]:
        """Every required anti-affinity term of a bound pod, with its node and its row."""
        for state in self.nodes.values():
            for row in state.repelling:
                for term in self.bound.profile_of[row].repels:
                    yield state, row, term

    @property
    def repels(self) -> bool:
        """Whether any pod on a node, or nominated to one, has anti-affinity terms.

        Labels of others matter then.
        """
        return self._states.repel or self.once(_nominated_repel)

    # ---- nodes --------------------------------------------------------------

    def levels(self, resources: tuple[str, ...]) -> Mapping[str, int]:
        """Each node by a number for what it can allocate, and what is used, of some resources."""
        return self._states.levels(resources)

    # ---- namespaces ---------------------------------------------------------

    def namespaces(self) -> Mapping[str, Labels]:
        """The labels of every namespace that exists."""
        return self.once(_namespaces)

    def namespace_labels(self, namespace: str) -> Labels:
        """The labels of a namespace; the one it always has, where it was not read."""
        return self.namespaces().get(namespace) or {NAMESPACE_NAME: namespace}


# ---- building ---------------------------------------------------------------


def _build(snapshot: Snapshot) -> ClusterIndex:
    bound = snapshot.once_of(PLACED, _bound)
    return ClusterIndex(snapshot, bound, snapshot.once_of((Node, PLACED), _states))


def _bound(snapshot: Snapshot) -> BoundPods:
    with collection_paused():
        return BoundPods(snapshot.rows(Pod))


def _states(snapshot: Snapshot) -> NodeStates:
    return node_states(snapshot.all(Node), snapshot.once_of(PLACED, _bound))


def _without(state: NodeState, row: int, bound: BoundPods) -> NodeState:
    return holding(state, bound, [r for r in state.rows if r != row])


# ---- reading rows -----------------------------------------------------------


def metadata_of(row: Any) -> Mapping[str, Any]:
    found = row.get("metadata")
    return found if isinstance(found, dict) else {}


def _name_of(row: Any) -> str:
    return str(metadata_of(row).get("name") if isinstance(row, dict) else row.metadata.name)


def _namespace_of(row: Any) -> str:
    found = metadata_of(row).get("namespace") if isinstance(row, dict) else row.metadata.namespace
    return str(found or "")


def _nominated_repel(index: ClusterIndex) -> bool:
    nominated = (row for rows in index.bound.nominated.values() for row in rows)
    return any(index.bound.holds(row) and index.bound.profile_of[row].repels for row in nominated)


def _namespaces(index: ClusterIndex) -> dict[str, Labels]:
    return {
        n.metadata.name: {NAMESPACE_NAME: n.metadata.name, **n.metadata.labels}
        for n in index.snapshot.all(Namespace)
    }

"""The cluster as the scheduler's filters see it: nodes with what is left of them.

Built once for a snapshot. Nodes that do not exist as objects hold nothing, however many
pods name them; an object with an invalid quantity is left out and recorded as a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import msgspec

from efadoctor.model.decoding import collection_paused
from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.facts import Gap
from efadoctor.model.inert import inert
from efadoctor.model.kubernetes import Namespace, Node, Pod, Volume
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.affinity import AffinityTerm
from efadoctor.scheduling.bound import PLACED, BoundPods
from efadoctor.scheduling.ports import HostPort
from efadoctor.scheduling.quantity import amounts
from efadoctor.scheduling.selectors import Labels

T = TypeVar("T")

PODS = "pods"
NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The label that the API server gives to every namespace."""


class NodeState(msgspec.Struct, frozen=True):
    """One node, what it can allocate, and what the pods on it have requested.

    ``taints`` numbers the different lists of taints in the snapshot; ``used`` counts the
    pods too; ``rows`` are their numbers, ``ports`` the host ports they take, ``repelling``
    those of them that have anti-affinity terms.
    """

    node: Node
    name: str
    labels: Labels
    taints: int
    allocatable: Mapping[str, int]
    used: Mapping[str, int]
    rows: tuple[int, ...] = ()
    ports: tuple[tuple[HostPort, int], ...] = ()
    repelling: tuple[int, ...] = ()


class ClusterIndex:
    """Nodes by name, and the pods on them by what they hold and by their labels."""

    def __init__(
        self, snapshot: Snapshot, bound: BoundPods, nodes: Mapping[str, NodeState]
    ) -> None:
        self.snapshot = snapshot
        self.bound = bound
        self.nodes = nodes
        self.gaps: tuple[Gap, ...] = ()
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
        copy = ClusterIndex(self.snapshot, self.bound, nodes)
        copy.gaps = self.gaps
        return copy

    def including(self, node: str, rows: Sequence[int]) -> ClusterIndex:
        """The same cluster with the pods in these rows on the node besides.

        ``added`` of the copy is this index, the node and the rows.
        """
        more = tuple(row for row in rows if self.bound.holds(row))
        state = self.nodes[node]
        state = msgspec.structs.replace(state, **_held(self.bound, (*state.rows, *more)))
        copy = ClusterIndex(self.snapshot, self.bound, {**self.nodes, node: state})
        copy.gaps, copy.added = self.gaps, (self, node, more)
        return copy

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
        return self.once(_repels)

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
    nodes, gaps = snapshot.once_of((Node, PLACED), _states)
    index = ClusterIndex(snapshot, bound, nodes)
    index.gaps = (*bound.gaps, *gaps)
    return index


def _bound(snapshot: Snapshot) -> BoundPods:
    with collection_paused():
        return BoundPods(snapshot.rows(Pod))


def _states(snapshot: Snapshot) -> tuple[Mapping[str, NodeState], tuple[Gap, ...]]:
    """Every node that can be read, with what the pods on it hold."""
    nodes: dict[str, NodeState] = {}
    with collection_paused():
        reader = _NodeReader(snapshot.once_of(PLACED, _bound))
        for node in snapshot.all(Node):
            state = reader.read(node)
            if state is not None:
                nodes[state.name] = state
    return nodes, tuple(reader.gaps)


def lone_node(node: Node, used: Mapping[str, int]) -> NodeState:
    """A node outside any snapshot, on which so much is requested. Raises InvalidQuantityError."""
    return NodeState(
        node=node,
        name=node.metadata.name,
        labels=node.metadata.labels,
        taints=-1,
        allocatable=_allocatable(node),
        used=used,
    )


class _NodeReader:
    """Makes node states; equal lists of taints and equal allocatables are looked at once."""

    def __init__(self, bound: BoundPods) -> None:
        self.gaps: list[Gap] = []
        self._bound = bound
        self._taints: dict[Any, int] = {}
        self._allocatables: dict[Any, Mapping[str, int]] = {}

    def read(self, node: Node) -> NodeState | None:
        allocatable = self._allocatable(node)
        if allocatable is None:
            return None
        name, taints = node.metadata.name, node.spec.taints
        rows = self._bound.by_node.get(name, ())
        return NodeState(
            node=node,
            name=name,
            labels=node.metadata.labels,
            taints=self._taints.setdefault(taints, len(self._taints)),
            allocatable=allocatable,
            **_held(self._bound, rows),
        )

    def _allocatable(self, node: Node) -> Mapping[str, int] | None:
        key = tuple(node.status.allocatable.items())
        found = self._allocatables.get(key)
        if found is None:
            try:
                found = self._allocatables[key] = _allocatable(node)
            except InvalidQuantityError as error:
                place = node.metadata.name
                self.gaps.append(Gap(source="cluster/nodes", reason=str(error), place=place))
        return found


def _allocatable(node: Node) -> Mapping[str, int]:
    try:
        return amounts(node.status.allocatable)
    except InvalidQuantityError as error:
        raise InvalidQuantityError(f"status.allocatable: {error}") from None


def _held(bound: BoundPods, rows: Sequence[int]) -> dict[str, Any]:
    """What the pods in these rows use of their node, as fields of its state."""
    used = {PODS: len(rows)}
    ports: list[tuple[HostPort, int]] = []
    repelling: list[int] = []
    for row in rows:
        profile = bound.profile_of[row]
        for resource, value in profile.requests.items():
            used[resource] = used.get(resource, 0) + value
        if profile.ports:
            ports.extend((port, row) for port in profile.ports)
        if profile.repels:
            repelling.append(row)
    return {
        "used": used,
        "rows": tuple(rows),
        "ports": tuple(ports),
        "repelling": tuple(repelling),
    }


def _without(state: NodeState, row: int, bound: BoundPods) -> NodeState:
    left = [r for r in state.rows if r != row]
    return msgspec.structs.replace(state, **_held(bound, left))


# ---- reading rows -----------------------------------------------------------


def metadata_of(row: Any) -> Mapping[str, Any]:
    found = row.get("metadata")
    return found if isinstance(found, dict) else {}


def _name_of(row: Any) -> str:
    return str(metadata_of(row).get("name") if isinstance(row, dict) else row.metadata.name)


def _namespace_of(row: Any) -> str:
    found = metadata_of(row).get("namespace") if isinstance(row, dict) else row.metadata.namespace
    return str(found or "")


def _repels(index: ClusterIndex) -> bool:
    nominated = (row for rows in index.bound.nominated.values() for row in rows)
    return any(state.repelling for state in index.nodes.values()) or any(
        index.bound.holds(row) and index.bound.profile_of[row].repels for row in nominated
    )


def _namespaces(index: ClusterIndex) -> dict[str, Labels]:
    return {
        n.metadata.name: {NAMESPACE_NAME: n.metadata.name, **n.metadata.labels}
        for n in index.snapshot.all(Namespace)
    }

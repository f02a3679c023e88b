"""Nodes with what is left of them: what each can allocate, and what the pods on it have requested.

A node with an invalid quantity is left out and recorded as a gap.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec

from efadoctor.model.coverage import Gap
from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.garbage import collection_paused
from efadoctor.model.kubernetes import Node
from efadoctor.scheduling.bound import BoundPods
from efadoctor.scheduling.ports import HostPort
from efadoctor.scheduling.quantity import amounts
from efadoctor.scheduling.selectors import Labels

PODS = "pods"


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


class NodeStates:
    """Node states by name, and what they have in common."""

    def __init__(self, by_name: Mapping[str, NodeState], gaps: tuple[Gap, ...] = ()) -> None:
        self.by_name = by_name
        self.gaps = gaps
        self._levels: dict[tuple[str, ...], Mapping[str, int]] = {}

    @cached_property
    def repel(self) -> bool:
        """Whether any pod on any node has anti-affinity terms."""
        return any(state.repelling for state in self.by_name.values())

    def levels(self, resources: tuple[str, ...]) -> Mapping[str, int]:
        """Each node by a number for what it can allocate, and what is used, of some resources.

        Worked out once for all pods that ask for the same resources.
        """
        if resources not in self._levels:
            numbers: dict[Hashable, int] = {}
            levels = self._levels[resources] = {}
            for name, state in self.by_name.items():
                can, used = state.allocatable.get, state.used.get
                level = tuple([(can(r, 0), used(r, 0)) for r in resources])
                levels[name] = numbers.setdefault(level, len(numbers))
        return self._levels[resources]


def node_states(every: Iterable[Node], bound: BoundPods) -> NodeStates:
    """Every node that can be read, with what the pods on it hold."""
    nodes: dict[str, NodeState] = {}
    with collection_paused():
        reader = _NodeReader(bound)
        for node in every:
            state = reader.read(node)
            if state is not None:
                nodes[state.name] = state
    return NodeStates(nodes, tuple(reader.gaps))


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
        empty = NodeState(
            node=node,
            name=name,
            labels=node.metadata.labels,
            taints=self._taints.setdefault(taints, len(self._taints)),
            allocatable=allocatable,
            used={},
        )
        return holding(empty, self._bound, self._bound.by_node.get(name, ()))

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


def holding(state: NodeState, bound: BoundPods, rows: Sequence[int]) -> NodeState:
    """A node with the pods in these rows on it, and no others."""
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
    return msgspec.structs.replace(
        state, used=used, rows=tuple(rows), ports=tuple(ports), repelling=tuple(repelling)
    )

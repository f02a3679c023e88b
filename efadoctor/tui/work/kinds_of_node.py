"""The nodes as the pod sees them: classes of equals, what refuses it, and how much is free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from efadoctor.diagnosis.subject import find_subject
from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.report import PathReport
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.index import ClusterIndex
from efadoctor.scheduling.node_states import PODS, NodeState
from efadoctor.scheduling.prediction import predict
from efadoctor.scheduling.refusals import Refusal
from efadoctor.scheduling.requests import pod_requests

_TYPE = "node.kubernetes.io/instance-type"
_ZONE = "topology.kubernetes.io/zone"
_MAKERS = ("karpenter.sh/nodepool", "eks.amazonaws.com/nodegroup")


class Room(msgspec.Struct, frozen=True):
    """One resource on the node of a class that has most of it free; cpu in milli."""

    resource: str
    asked: int
    free: int
    allocatable: int


class KindOfNode(msgspec.Struct, frozen=True, kw_only=True):
    """Equal nodes: names, where they come from, the refusals, the first in its own words.

    ``chosen``: they are, or are among, the way in that the report is about.
    """

    nodes: tuple[str, ...]
    maker: str = ""
    instance_type: str = ""
    zones: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    rooms: tuple[Room, ...] = ()
    chosen: bool = False


def kinds_of_node(
    snapshot: Snapshot, subject: str, paths: Sequence[PathReport] = ()
) -> tuple[KindOfNode, ...]:
    """The classes: first the chosen way in, then by how little is in the way.

    Raises SubjectNotFoundError.
    """
    chosen = {p.id.name for p in paths if p.chosen}
    pod = find_subject(snapshot, subject).pod
    try:
        asked = {PODS: 1, **pod_requests(pod)}
    except InvalidQuantityError:
        asked = {PODS: 1}
    index = ClusterIndex.of(snapshot)
    prediction = predict(snapshot, pod)
    found: list[KindOfNode] = []
    for group in prediction.classes:
        parts: dict[tuple[str, str], list[NodeState]] = {}
        for name in group.nodes:
            state = index.nodes[name]
            parts.setdefault((_maker(state), state.labels.get(_TYPE, "")), []).append(state)
        found += [
            KindOfNode(
                nodes=tuple(s.name for s in states),
                maker=maker,
                instance_type=type_,
                zones=tuple(sorted({s.labels.get(_ZONE, "") for s in states} - {""})),
                reasons=group.reasons,
                refusals=(*prediction.prefilter, *group.refusals),
                rooms=_rooms(states, asked),
                chosen=maker in chosen or any(s.name in chosen for s in states),
            )
            for (maker, type_), states in parts.items()
        ]
    return tuple(sorted(found, key=_order))


def _maker(state: NodeState) -> str:
    return next((state.labels[m] for m in _MAKERS if m in state.labels), "")


def _order(found: KindOfNode) -> tuple[bool, int, str]:
    return (not found.chosen, len(found.refusals), found.nodes[0])


def _rooms(states: list[NodeState], asked: Mapping[str, int]) -> tuple[Room, ...]:
    def free(state: NodeState, resource: str) -> int:
        return state.allocatable.get(resource, 0) - state.used.get(resource, 0)

    rooms: list[Room] = []
    for resource, amount in asked.items():
        if amount <= 0:
            continue
        best = max(states, key=lambda s, r=resource: free(s, r))  # type: ignore[misc]
        rooms.append(
            Room(resource, amount, free(best, resource), best.allocatable.get(resource, 0))
        )
    return tuple(
        sorted(rooms, key=lambda r: (r.free >= r.asked, "/" not in r.resource, r.resource))
    )

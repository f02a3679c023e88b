"""The nodes of one way in: they stand alike, and the same things refuse the pod there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from itertools import combinations

import msgspec

from efadoctor.model.aws import Reservation
from efadoctor.model.karpenter import NodeClaim
from efadoctor.model.kubernetes import DaemonSet, Node
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.devices import DAEMON_PODS, Device, efa_interfaces, plugin_on
from efadoctor.scheduling.names import INSTANCE_TYPE, NODEGROUP, NODEPOOL
from efadoctor.scheduling.prediction import Prediction
from efadoctor.scheduling.refusals import InsufficientResource, Refusal, UntoleratedTaint


class Alike(msgspec.Struct, frozen=True):
    """Nodes by name, in order, and what the first of them has against the pod."""

    nodes: tuple[str, ...]
    refusals: tuple[Refusal, ...] = ()


def alike(
    snapshot: Snapshot, demand: Mapping[str, int], prediction: Prediction
) -> tuple[Alike, ...]:
    """All nodes, those together that stand alike and refuse for the same reasons.

    The scheduler's own classes are finer: it tells nodes apart by how much they have left.
    """
    standings = snapshot.once_of(_OF_STANDINGS, _STANDINGS[_devices(demand)])
    parts: dict[Hashable, list[Alike]] = {}
    for found in prediction.classes:
        why = tuple(map(_kind_of_refusal, found.refusals))
        for standing, nodes in _by_standing(found.nodes, standings):
            parts.setdefault((standing, why), []).append(Alike(nodes, found.refusals))
    unread = standings.keys() - {name for found in prediction.classes for name in found.nodes}
    for standing, nodes in _by_standing(tuple(unread), standings):
        parts[standing, None] = [Alike(nodes)]
    return tuple(sorted(map(_joined, parts.values()), key=_first))


def _first(found: Alike) -> str:
    return found.nodes[0]


def _joined(parts: Sequence[Alike]) -> Alike:
    nodes = tuple(sorted(name for part in parts for name in part.nodes))
    return Alike(nodes, min(parts, key=_first).refusals)


def _by_standing(
    names: Sequence[str], standings: Mapping[str, int]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Names by how their nodes stand, in order; mostly all stand alike, which is quick to see."""
    kinds = set(map(standings.__getitem__, names))
    for kind in kinds:
        of_kind = names if len(kinds) == 1 else [n for n in names if standings[n] == kind]
        yield kind, tuple(sorted(of_kind))


def _kind_of_refusal(refusal: Refusal) -> Hashable:
    match refusal:
        case UntoleratedTaint(taint=taint):
            return (taint.key, taint.value, taint.effect)
        case InsufficientResource(resource=resource, allocatable=allocatable):
            return (resource, refusal.unresolvable, allocatable == 0)
        case _:
            return (refusal.plugin, refusal.reason)


# ---- how a node stands --------------------------------------------------------


def _devices(demand: Mapping[str, int]) -> tuple[Device, ...]:
    return tuple(d for d in Device if demand.get(d.value))


def _standing(snapshot: Snapshot, node: Node, devices: Collection[Device]) -> Hashable:
    """Pool, group, type and readiness, the plugins, and EFA interfaces where they matter."""
    ready = next((c.status for c in node.status.conditions if c.type == "Ready"), "")
    interfaces = efa_interfaces(snapshot, node) if Device.EFA in devices else None
    return (
        *map(node.metadata.labels.get, (NODEPOOL, NODEGROUP, INSTANCE_TYPE)),
        ready,
        interfaces.count if interfaces else None,
        *(_plugin_state(snapshot, d, node) for d in devices),
    )


def _plugin_state(snapshot: Snapshot, device: Device, node: Node) -> Hashable:
    plugin = plugin_on(snapshot, device, node)
    if plugin is None:
        return None
    statuses = plugin.pod.status.container_statuses if plugin.pod else ()
    waiting = tuple(s.state.waiting.reason if s.state.waiting else "" for s in statuses)
    return (
        plugin.daemonset.metadata.uid,
        tuple(map(_kind_of_refusal, plugin.refusals)),
        plugin.pod is not None,
        waiting,
    )


def _standings_for(devices: tuple[Device, ...]) -> Callable[[Snapshot], dict[str, int]]:
    """Each node by a number for how it stands, whatever pod asks for these devices."""

    def standings(snapshot: Snapshot) -> dict[str, int]:
        numbers: dict[Hashable, int] = {}
        return {
            n.metadata.name: numbers.setdefault(_standing(snapshot, n, devices), len(numbers))
            for n in snapshot.all(Node)
        }

    return standings


_OF_STANDINGS = (Node, DAEMON_PODS, DaemonSet, Reservation, NodeClaim)
_STANDINGS = {
    devices: _standings_for(devices)
    for number in range(len(Device) + 1)
    for devices in combinations(Device, number)
}

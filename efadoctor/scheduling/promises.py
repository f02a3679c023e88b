"""What a node is going to be: what its type can serve, what its NodeClaim promises."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from efadoctor.model.karpenter import NodeClaim
from efadoctor.model.kubernetes import Node, NodeSpec, NodeStatus, ObjectMeta, Pod, Taint
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.daemon_start import can_start
from efadoctor.scheduling.devices import Device, plugin_on, plugins, ships_with
from efadoctor.scheduling.instance_types import families_without_gpus, known_types
from efadoctor.scheduling.names import GPU, INSTANCE_TYPE, NODEPOOL
from efadoctor.scheduling.quantity import amounts, readable
from efadoctor.scheduling.requests import pod_requests
from efadoctor.scheduling.selectors import pod_selects
from efadoctor.scheduling.taints import untolerated


def serves(snapshot: Snapshot, node: Node, demand: Mapping[str, int]) -> bool | None:
    """Whether a node's type can have the devices asked for; None where nobody knows the type.

    What the node advertises counts as well: a type may be newer than what is known, but a family
    without GPUs has none in any size. A pod that asks for no device is not plainly meant for a
    node that has them: None.
    """
    told = readable(node.status.allocatable)
    asked = {d.value: demand[d.value] for d in Device if demand.get(d.value)}
    if not asked:
        offers = amounts({d.value: told.get(d.value, 0) for d in Device})
        return None if any(offers.values()) else True
    advertised = amounts({k: v for k, v in told.items() if k in asked})
    type_ = node.metadata.labels.get(INSTANCE_TYPE, "")
    facts = known_types(snapshot).get(type_)
    if facts is None:
        if all(advertised.get(k, 0) >= v for k, v in asked.items()):
            return True
        has_none = GPU in asked and type_.partition(".")[0] in families_without_gpus()
        return False if has_none else None
    return all(max(facts.count(k), advertised.get(k, 0)) >= v for k, v in asked.items())


def _condition(claim: NodeClaim, type_: str) -> str:
    """The status of one condition of a NodeClaim, "" where it has none."""
    return next((c.status for c in claim.status.conditions if c.type == type_), "")


def in_flight(snapshot: Snapshot, pool: str, pod: Pod, would_make: Node | None) -> NodeClaim | None:
    """The NodeClaim of a pool that Karpenter counts on for a pod, None where there is none.

    Karpenter counts on a node until it is initialized by what the NodeClaim promises,
    whatever the node itself advertises, and leaves startup and ephemeral taints aside
    (sigs.k8s.io/karpenter pkg/controllers/state/statenode.go). What the pod itself has
    against the pool, it has against the node that the pool ``would_make`` as well: once that
    is mended Karpenter counts on the NodeClaim all the same, so it is no reason to pass it by.
    """
    asked = pod_requests(pod)
    for claim in snapshot.all(NodeClaim):
        if claim.metadata.labels.get(NODEPOOL) != pool or claim.metadata.deletion_timestamp:
            continue
        if _condition(claim, "Initialized") == "True" or not _promises(claim, asked):
            continue
        if _suits(claim, pod, would_make):
            return claim
    return None


def _promises(claim: NodeClaim, asked: Mapping[str, int]) -> bool:
    promised = amounts(readable(claim.status.allocatable or claim.spec.resources.requests))
    devices = [d.value for d in Device if asked.get(d.value)]
    return all(promised.get(r, 0) >= asked[r] for r in devices)


def _suits(claim: NodeClaim, pod: Pod, would_make: Node | None) -> bool:
    """Whether the pod has nothing against the NodeClaim that it has not against a new node."""
    against = {(t.key, t.value, t.effect) for _, t in _untolerated(claim.spec.taints, pod)}
    selected = pod_selects(pod.spec, claim_node(claim))
    if would_make is None:
        return selected and not against
    new = {(t.key, t.value, t.effect) for _, t in _untolerated(would_make.spec.taints, pod)}
    return against <= new and (selected or not pod_selects(pod.spec, would_make))


def _untolerated(taints: tuple[Taint, ...], pod: Pod) -> tuple[tuple[int, Taint], ...]:
    return untolerated(taints, pod.spec.tolerations)


def has_node(snapshot: Snapshot, claim: NodeClaim) -> bool:
    """Whether a NodeClaim's node has registered."""
    name = claim.status.node_name
    return bool(name) and snapshot.get(Node, name) is not None


def claim_node(claim: NodeClaim) -> Node:
    """The node that a NodeClaim promises, as it will be once it has initialized."""
    meta = claim.metadata
    name = claim.status.node_name or meta.name
    settled = {
        r.key: r.values[0]
        for r in claim.spec.requirements
        if r.operator == "In" and len(r.values) == 1
    }
    labels = {"kubernetes.io/os": "linux", **settled, **meta.labels, "kubernetes.io/hostname": name}
    return Node(
        api_version="v1",
        kind="Node",
        metadata=ObjectMeta(name=name, labels=labels),
        spec=NodeSpec(provider_id=claim.status.provider_id, taints=claim.spec.taints),
        status=NodeStatus(
            capacity=readable(claim.status.capacity),
            allocatable=readable(claim.status.allocatable or claim.spec.resources.requests),
        ),
    )


def as_it_would_be(snapshot: Snapshot, node: Node) -> Node:
    """A promised node with only those devices that a device plugin would advertise there.

    A device that some node advertises although the cluster has no plugin for it is taken as
    given, unless that node comes with a plugin of its own.
    """
    allocatable = dict(node.status.allocatable)
    for device in Device:
        if device.value in allocatable and not _plugin_comes(snapshot, device, node):
            allocatable[device.value] = "0"
    status = msgspec.structs.replace(node.status, allocatable=allocatable)
    return msgspec.structs.replace(node, status=status)


def _plugin_comes(snapshot: Snapshot, device: Device, node: Node) -> bool:
    if ships_with(snapshot, device, node):
        return True
    if not plugins(snapshot, device):
        return advertised_without_plugin(snapshot, device)
    plugin = plugin_on(snapshot, device, node)
    if plugin is None or plugin.refusals:
        return False
    return can_start(snapshot, plugin.daemonset)


def advertised_without_plugin(snapshot: Snapshot, device: Device) -> bool:
    """Whether a node advertises a device that it does not come with the plugin for.

    Where the cluster has no DaemonSet for the device, something unknown hands it out.
    """
    return snapshot.once(_of_unknown_plugins)[device]


def _of_unknown_plugins(snapshot: Snapshot) -> dict[Device, bool]:
    return {
        device: any(
            n.status.allocatable.get(device.value, "0") not in ("0", 0)
            and not ships_with(snapshot, device, n)
            for n in snapshot.all(Node)
        )
        for device in Device
    }


__all__ = [
    "advertised_without_plugin",
    "as_it_would_be",
    "claim_node",
    "has_node",
    "in_flight",
    "serves",
]

"""A running device plugin advertises the devices of its node.

The EFA plugin counts the attached EFA interfaces
(https://docs.aws.amazon.com/eks/latest/userguide/device-management-efa.html), the NVIDIA
plugin the GPUs (https://github.com/NVIDIA/k8s-device-plugin); a plugin without any device
advertises nothing (https://github.com/aws/eks-charts/issues/1239).
"""

from __future__ import annotations

import msgspec

from efadoctor.fix.change import Change
from efadoctor.fix.consequences.pool_usage import known_amount
from efadoctor.model.kubernetes import DaemonSet, Node, Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.devices import Device, efa_interfaces, is_plugin_for
from efadoctor.scheduling.instance_types import known_types
from efadoctor.scheduling.names import INSTANCE_TYPE


def device_plugins(change: Change, _as_read: Snapshot) -> Change:
    """What nodes advertise once touched plugin pods run on them."""
    result = Change.of(change.after)
    for pod in change.replaced:
        if not isinstance(pod, Pod) or not pod.spec.node_name:
            continue
        for device in _served(change.after, pod):
            node = result.after.get(Node, pod.spec.node_name)
            if node is not None:
                result = result.then(_advertise(result.after, node, device))
    return result


def _served(snapshot: Snapshot, pod: Pod) -> tuple[Device, ...]:
    owners = {o.uid for o in pod.metadata.owner_references if o.kind == "DaemonSet"}
    made_by = [d for d in snapshot.all(DaemonSet) if d.metadata.uid in owners]
    return tuple(d for d in Device if any(is_plugin_for(m, d) for m in made_by))


def _advertise(snapshot: Snapshot, node: Node, device: Device) -> Change:
    name, count = device.value, devices_of(snapshot, node, device)
    allocatable = dict(node.status.allocatable)
    if count <= known_amount(name, allocatable.get(name, 0)):
        return Change.of(snapshot)
    allocatable[name] = str(count)
    capacity = {**node.status.capacity, name: str(count)}
    status = msgspec.structs.replace(node.status, allocatable=allocatable, capacity=capacity)
    new = msgspec.structs.replace(node, status=status)
    said = f"node {node.metadata.name} then advertises {count} {name}"
    return Change.of(snapshot, replaced=(new,), said=(said,))


def devices_of(snapshot: Snapshot, node: Node, device: Device) -> int:
    """How many devices a plugin would find on a node; 0 where nobody can tell.

    A node made on the copy has no instance: what it was made with is in its capacity.
    """
    if device is Device.EFA:
        interfaces = efa_interfaces(snapshot, node)
        if interfaces is not None:
            return interfaces.count
    if not node.spec.provider_id and node.status.capacity:
        return known_amount(device.value, node.status.capacity.get(device.value, 0))
    facts = known_types(snapshot).get(node.metadata.labels.get(INSTANCE_TYPE, ""))
    return facts.count(device.value) if facts is not None else 0

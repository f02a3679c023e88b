"""Labels that a node gets once feature discovery has looked at it.

NVIDIA's charts select nodes by such labels. The worker of Node Feature Discovery sets
``feature.node.kubernetes.io/pci-10de.present`` where it finds an NVIDIA device (both charts
configure it to name the vendor alone); the GPU operator then sets its own.
https://kubernetes-sigs.github.io/node-feature-discovery/stable/usage/features.html
https://github.com/NVIDIA/gpu-operator/blob/main/controllers/state_manager.go
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from efadoctor.model.keepers import Tool, keepers_of
from efadoctor.model.kubernetes import DaemonSet, Node
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.daemonset import daemonset_verdict
from efadoctor.scheduling.devices import Device, image_name, plugins
from efadoctor.scheduling.instance_types import known_types
from efadoctor.scheduling.names import INSTANCE_TYPE

OF_WORKER: Mapping[str, str] = {"feature.node.kubernetes.io/pci-10de.present": "true"}
"""What the worker sets on a node with an NVIDIA device."""

OF_OPERATOR: Mapping[str, str] = {
    "nvidia.com/gpu.present": "true",
    "nvidia.com/gpu.deploy.device-plugin": "true",
}
"""What the GPU operator sets on a node that the worker has labelled."""

_IMAGES = frozenset({"node-feature-discovery", "nfd-worker"})
_NOT_WORKERS = ("topology-updater", "nfd-master")


def workers(snapshot: Snapshot) -> tuple[DaemonSet, ...]:
    """The DaemonSets of Node Feature Discovery that label nodes."""
    return snapshot.once(_workers)


def _workers(snapshot: Snapshot) -> tuple[DaemonSet, ...]:
    return tuple(
        d
        for d in snapshot.all(DaemonSet)
        if any(image_name(c.image) in _IMAGES for c in d.spec.template.spec.containers)
        and not any(part in d.metadata.name for part in _NOT_WORKERS)
    )


def is_operated(snapshot: Snapshot) -> bool:
    """Whether the GPU operator keeps the cluster's GPU plugin."""
    found = plugins(snapshot, Device.GPU)
    return any(k.tool is Tool.GPU_OPERATOR for d in found for k in keepers_of(d))


def discovered_labels(snapshot: Snapshot) -> Mapping[str, str]:
    """The labels that a node with NVIDIA GPUs gets where a worker runs on it."""
    return {**OF_WORKER, **(OF_OPERATOR if is_operated(snapshot) else {})}


def as_discovered(snapshot: Snapshot, node: Node) -> Node:
    """A node that does not exist yet, with the labels that discovery will set on it."""
    facts = known_types(snapshot).get(node.metadata.labels.get(INSTANCE_TYPE, ""))
    if facts is None or not facts.gpus:
        return node
    if all(daemonset_verdict(worker, node) for worker in workers(snapshot)):
        return node
    labels = {**discovered_labels(snapshot), **node.metadata.labels}
    metadata = msgspec.structs.replace(node.metadata, labels=labels)
    return msgspec.structs.replace(node, metadata=metadata)

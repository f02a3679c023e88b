"""A running NFD worker labels a node that has an NVIDIA device on its PCI bus.

Both NVIDIA charts set ``deviceLabelFields: [vendor]``, so the label names the vendor alone:
https://github.com/NVIDIA/k8s-device-plugin (values.yaml, nfd) and
https://kubernetes-sigs.github.io/node-feature-discovery/stable/usage/features.html ; the GPU
operator then sets its own labels, https://github.com/NVIDIA/gpu-operator .
"""

from __future__ import annotations

import msgspec

from efadoctor.fix.change import Change
from efadoctor.fix.consequences.device_plugins import devices_of
from efadoctor.model.keepers import Tool, keepers_of
from efadoctor.model.kubernetes import DaemonSet, Node, Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.devices import Device, image_name

_OF_NFD = {"feature.node.kubernetes.io/pci-10de.present": "true"}
_OF_OPERATOR = {
    "nvidia.com/gpu.present": "true",
    "nvidia.com/gpu.deploy.device-plugin": "true",
}


def feature_discovery(change: Change, _as_read: Snapshot) -> Change:
    """The labels of nodes on which touched NFD workers run."""
    pods = [p for p in change.replaced if isinstance(p, Pod) and _is_worker(p)]
    daemonsets = change.after.all(DaemonSet) if pods else ()
    operated = any(k.tool is Tool.GPU_OPERATOR for d in daemonsets for k in keepers_of(d))
    labels = _OF_NFD | (_OF_OPERATOR if operated else {})
    labelled: list[Node] = []
    for pod in pods:
        node = change.after.get(Node, pod.spec.node_name)
        if node is None or not devices_of(change.after, node, Device.GPU):
            continue
        if any(node.metadata.labels.get(k) != v for k, v in labels.items()):
            metadata = msgspec.structs.replace(
                node.metadata, labels={**node.metadata.labels, **labels}
            )
            labelled.append(msgspec.structs.replace(node, metadata=metadata))
    said = tuple(f"NFD labels node {n.metadata.name} as one with NVIDIA GPUs" for n in labelled)
    return Change.of(change.after, replaced=tuple(labelled), said=said)


def _is_worker(pod: Pod) -> bool:
    if not pod.spec.node_name or not any(
        o.kind == "DaemonSet" for o in pod.metadata.owner_references
    ):
        return False
    return any(
        image_name(c.image) in {"node-feature-discovery", "nfd-worker"} for c in pod.spec.containers
    )

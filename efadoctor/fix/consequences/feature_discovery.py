"""A running NFD worker labels a node that has an NVIDIA device on its PCI bus.

Which labels those are, ``scheduling.discovery`` knows; the GPU operator then adds its own.
https://kubernetes-sigs.github.io/node-feature-discovery/stable/usage/features.html
"""

from __future__ import annotations

import msgspec

from efadoctor.fix.change import Change
from efadoctor.fix.consequences.device_plugins import devices_of
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.devices import Device
from efadoctor.scheduling.discovery import discovered_labels, workers


def feature_discovery(change: Change, _as_read: Snapshot) -> Change:
    """The labels of nodes on which touched NFD workers run."""
    touched = [v for v in change.replaced if isinstance(v, Pod) and v.spec.node_name]
    uids = {w.metadata.uid for w in workers(change.after)} if touched else set()
    pods = [p for p in touched if any(o.uid in uids for o in p.metadata.owner_references)]
    labels = discovered_labels(change.after) if pods else {}
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

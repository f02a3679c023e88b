"""The node that a NodePool or node group would make, made on the copy.

Karpenter launches the cheapest type that fits in a zone that offers it
(https://karpenter.sh/docs/concepts/scheduling/); which node that is, ``scheduling`` has
worked out in the path.
"""

from __future__ import annotations

import msgspec

from efadoctor.fix.change import Change
from efadoctor.model.finding import PathKind
from efadoctor.model.kubernetes import Condition, Node
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.devices import Device
from efadoctor.scheduling.names import HOSTNAME, INSTANCE_TYPE, ZONE
from efadoctor.scheduling.path import Path
from efadoctor.scheduling.promises import as_it_would_be


def launched(snapshot: Snapshot, path: Path) -> Change:
    """The copy with the path's node in it, registered and ready."""
    made = joined(snapshot, path.node, path.id.name)
    return Change.of(snapshot, replaced=(made,), said=(_said(path, made),))


def joined(snapshot: Snapshot, promised: Node, maker: str) -> Node:
    """A promised node once it is there: under a name of its own, ready, its plugins started.

    Its capacity keeps the devices that its instance has, whether a plugin finds them or not.
    """
    node = as_it_would_be(snapshot, promised)
    name = node.metadata.name or f"new-{maker}"
    while snapshot.get(Node, name) is not None:
        name += "-new"
    told = promised.status.allocatable
    devices = {d.value: told[d.value] for d in Device if d.value in told}
    conditions = tuple(c for c in node.status.conditions if c.type != "Ready")
    return msgspec.structs.replace(
        node,
        metadata=msgspec.structs.replace(
            node.metadata, name=name, labels={**node.metadata.labels, HOSTNAME: name}
        ),
        status=msgspec.structs.replace(
            node.status,
            capacity={**node.status.capacity, **devices},
            conditions=(*conditions, Condition(type="Ready", status="True")),
        ),
    )


def words_for(node: Node) -> str:
    """A new node in words: its type, and its zone where that is known."""
    labels = node.metadata.labels
    where = f" in {labels[ZONE]}" if labels.get(ZONE) else ""
    return f"{labels.get(INSTANCE_TYPE) or 'node'}{where}"


def _said(path: Path, node: Node) -> str:
    what = words_for(node)
    if path.claim is not None:
        return f"the node of NodeClaim {path.claim.metadata.name} ({what}) joins"
    if path.id.kind is PathKind.NODEGROUP:
        return f"node group {path.id.name} adds a {what}"
    return f"NodePool {path.id.name} launches a {what}"

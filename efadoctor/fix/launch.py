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
from efadoctor.scheduling.names import INSTANCE_TYPE, ZONE
from efadoctor.scheduling.path import Path
from efadoctor.scheduling.promises import as_it_would_be


def launched(snapshot: Snapshot, path: Path) -> Change:
    """The copy with the path's node in it, registered and ready."""
    node = as_it_would_be(snapshot, path.node)
    name = node.metadata.name or f"new-{path.id.name}"
    while snapshot.get(Node, name) is not None:
        name += "-new"
    metadata = msgspec.structs.replace(node.metadata, name=name)
    others = tuple(c for c in node.status.conditions if c.type != "Ready")
    status = msgspec.structs.replace(
        node.status, conditions=(*others, Condition(type="Ready", status="True"))
    )
    made = msgspec.structs.replace(node, metadata=metadata, status=status)
    return Change.of(snapshot, replaced=(made,), said=(_said(path, made),))


def _said(path: Path, node: Node) -> str:
    labels = node.metadata.labels
    what = labels.get(INSTANCE_TYPE) or "node"
    where = f" in {labels[ZONE]}" if labels.get(ZONE) else ""
    if path.claim is not None:
        return f"the node of NodeClaim {path.claim.metadata.name} ({what}{where}) joins"
    if path.id.kind is PathKind.NODEGROUP:
        return f"node group {path.id.name} adds a {what}{where}"
    return f"NodePool {path.id.name} launches a {what}{where}"

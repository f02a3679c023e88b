"""The node lifecycle controller keeps the cordon's taint in step with ``spec.unschedulable``.

https://kubernetes.io/docs/reference/labels-annotations-taints/#node-kubernetes-io-unschedulable
"""

from __future__ import annotations

import msgspec

from efadoctor.fix.change import Change
from efadoctor.model.kubernetes import Node, Taint
from efadoctor.model.snapshot import Snapshot

CORDON = "node.kubernetes.io/unschedulable"


def node_taints(change: Change, _as_read: Snapshot) -> Change:
    """Touched nodes with the cordon's taint added or taken away."""
    changed: list[Node] = []
    for view in change.replaced:
        node = change.after.get(Node, view.metadata.name) if isinstance(view, Node) else None
        if node is None:
            continue
        tainted = any(t.key == CORDON for t in node.spec.taints)
        if tainted == node.spec.unschedulable:
            continue
        others = tuple(t for t in node.spec.taints if t.key != CORDON)
        cordon = (Taint(key=CORDON, effect="NoSchedule"),) if node.spec.unschedulable else ()
        spec = msgspec.structs.replace(node.spec, taints=(*others, *cordon))
        changed.append(msgspec.structs.replace(node, spec=spec))
    return Change.of(change.after, replaced=tuple(changed))

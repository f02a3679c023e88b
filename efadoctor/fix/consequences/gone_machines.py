"""A deleted NodeClaim takes its node with it, and a deleted node its NodeClaim and its pods.

Karpenter drains a node that is deleted, terminates the instance, and launches another for
the pods that then wait: https://karpenter.sh/docs/concepts/disruption/
"""

from __future__ import annotations

from typing import Any

from efadoctor.fix.change import Change
from efadoctor.model.karpenter import NodeClaim
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.reference import reference
from efadoctor.model.snapshot import Snapshot


def gone_machines(change: Change, _as_read: Snapshot) -> Change:
    """What goes with the NodeClaims and nodes that the change removed."""
    snapshot = change.after
    gone: dict[Any, Any] = {}
    names = {v.metadata.name for v in change.removed if isinstance(v, Node)}
    ids = {v.spec.provider_id for v in change.removed if isinstance(v, Node)}
    claims = [v for v in change.removed if isinstance(v, NodeClaim)]
    names |= {c.status.node_name for c in claims}
    ids |= {c.status.provider_id for c in claims}
    names.discard("")
    ids.discard("")
    if not names and not ids:
        return Change.of(snapshot)
    for node in snapshot.all(Node):
        if node.metadata.name in names or node.spec.provider_id in ids:
            gone[reference(node)] = node
            names.add(node.metadata.name)
    for claim in snapshot.all(NodeClaim):
        if claim.status.node_name in names or claim.status.provider_id in ids:
            gone[reference(claim)] = claim
    for pod in snapshot.all(Pod):
        if pod.spec.node_name in names:
            gone[reference(pod)] = pod
    said = tuple(
        f"node {v.metadata.name} is drained and its instance terminated"
        for v in gone.values()
        if isinstance(v, Node)
    )
    return Change.of(snapshot, removed=tuple(gone.values()), said=said)

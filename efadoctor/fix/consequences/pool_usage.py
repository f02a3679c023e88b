"""Karpenter counts a NodePool's nodes against its limits: a node that goes gives back its share.

https://karpenter.sh/docs/concepts/nodepools/#speclimits ,
https://github.com/kubernetes-sigs/karpenter/tree/main/pkg/controllers/nodepool/counter
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from efadoctor.fix.change import Change
from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.karpenter import NodeClaim, NodePool
from efadoctor.model.kubernetes import Node
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.structs import Quantity
from efadoctor.scheduling.names import NODEPOOL
from efadoctor.scheduling.quantity import amount

_NODES = "nodes"


def pool_usage(change: Change, _as_read: Snapshot) -> Change:
    """``status.resources`` of the pools whose nodes came or went."""
    nodes = [v for v in change.replaced if isinstance(v, Node)]
    came = [n for n in nodes if change.before.get(Node, n.metadata.name) is None]
    went = [v for v in change.removed if isinstance(v, Node)]
    pools: list[NodePool] = []
    for pool in change.after.all(NodePool) if came or went else ():
        resources = _counted(pool, _of(pool, came), _of(pool, went))
        if went and not _has_machines(change.after, pool):
            resources = dict.fromkeys(resources, "0")
        if resources != pool.status.resources:
            status = msgspec.structs.replace(pool.status, resources=resources)
            pools.append(msgspec.structs.replace(pool, status=status))
    return Change.of(change.after, replaced=tuple(pools))


def _of(pool: NodePool, nodes: Iterable[Node]) -> list[Node]:
    return [n for n in nodes if n.metadata.labels.get(NODEPOOL) == pool.metadata.name]


def _has_machines(snapshot: Snapshot, pool: NodePool) -> bool:
    """Whether a pool has any node or NodeClaim left: of none, nothing counts."""
    machines = (*snapshot.all(Node), *snapshot.all(NodeClaim))
    return any(m.metadata.labels.get(NODEPOOL) == pool.metadata.name for m in machines)


def _counted(pool: NodePool, came: list[Node], went: list[Node]) -> Mapping[str, Quantity]:
    counted = dict(pool.status.resources)
    if not counted:
        return counted
    for nodes, sign in ((came, 1), (went, -1)):
        for node in nodes:
            for resource, quantity in {**node.status.capacity, _NODES: 1}.items():
                if resource in counted or sign > 0:
                    held = known_amount(resource, counted.get(resource, 0))
                    total = max(0, held + sign * known_amount(resource, quantity))
                    counted[resource] = f"{total}m" if resource == "cpu" else str(total)
    return counted


def known_amount(resource: str, quantity: Quantity) -> int:
    """The amount of a resource; 0 for a text that is no quantity, which nobody counts."""
    try:
        return amount(resource, quantity)
    except InvalidQuantityError:
        return 0

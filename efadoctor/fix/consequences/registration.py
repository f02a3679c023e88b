"""What kept a NodePool's nodes from registering has changed, so later ones may.

Karpenter says in ``NodeRegistrationHealthy`` how earlier nodes fared:
https://karpenter.sh/docs/concepts/nodepools/#statusconditions
"""

from __future__ import annotations

import msgspec

from efadoctor.fix.change import Change
from efadoctor.model.aws import AccessEntry, SecurityGroup
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import ConfigMap
from efadoctor.model.snapshot import Snapshot

_HEALTHY = "NodeRegistrationHealthy"
_DECIDES = (AccessEntry, SecurityGroup, ConfigMap)
"""Who may join, and whether the API server can be reached."""


def registration(change: Change, _as_read: Snapshot) -> Change:
    """NodePools of which it is open again whether their nodes register."""
    if not any(isinstance(v, _DECIDES) for v in change.replaced):
        return Change.of(change.after)
    reset: list[NodePool] = []
    for pool in change.after.all(NodePool):
        conditions = tuple(
            msgspec.structs.replace(c, status="Unknown", reason="AwaitingReconciliation")
            if c.type == _HEALTHY and c.status == "False"
            else c
            for c in pool.status.conditions
        )
        if conditions != pool.status.conditions:
            status = msgspec.structs.replace(pool.status, conditions=conditions)
            reset.append(msgspec.structs.replace(pool, status=status))
    return Change.of(change.after, replaced=tuple(reset))

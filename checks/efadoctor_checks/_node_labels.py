"""Labels by hand: on the nodes that are there, and in the template of those to come."""

from __future__ import annotations

from efadoctor.authoring import AwsCall, Case, Fix, Patch, Path, Risk, set_field
from efadoctor.model.aws import NodeGroup
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node

_DRIFT = (
    "A changed template makes Karpenter replace the pool's nodes by and by, within its budgets."
)


def labelled(case: Case, paths: tuple[Path, ...], key: str, value: str) -> Fix:
    """Set a label on every node of these ways in, and where their next nodes come from."""
    edits: list[Patch | AwsCall] = []
    risk, warning = Risk.SAFE, ""
    pools: dict[str, NodePool] = {}
    groups: dict[str, NodeGroup] = {}
    for path in paths:
        labels = path.node.metadata.labels
        pool = path.pool or case.snapshot.get(NodePool, labels.get("karpenter.sh/nodepool", ""))
        group = path.group or case.snapshot.get(
            NodeGroup, labels.get("eks.amazonaws.com/nodegroup", "")
        )
        if pool is not None:
            pools[pool.metadata.name] = pool
        elif group is not None:
            groups[group.nodegroup_name] = group
        for name in path.nodes:
            node = case.snapshot.get(Node, name)
            if node is not None:
                edits.append(set_field(node, f'metadata.labels["{key}"]', value))
    for pool in pools.values():
        edits.append(set_field(pool, f'spec.template.metadata.labels["{key}"]', value))
        risk, warning = Risk.REPLACES_NODES, _DRIFT
    edits.extend(
        AwsCall(
            service="eks",
            operation="update-nodegroup-config",
            parameters={
                "clusterName": group.cluster_name,
                "nodegroupName": group.nodegroup_name,
                "labels": {"addOrUpdateLabels": {key: value}},
            },
        )
        for group in groups.values()
    )
    return Fix(
        title=f"Label the nodes {key}={value}", edits=tuple(edits), risk=risk, warning=warning
    )

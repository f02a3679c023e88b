"""What Karpenter has: a NodePool, its NodeClass, and the NodeClaim of its node."""

from __future__ import annotations

from clusters.metadata import condition, meta
from clusters.names import (
    EFA_INSTANCE,
    EFA_NODE,
    EFA_TAINT,
    GPU_TAINT,
    NODE_SG,
    OTHER_ZONE,
    ZONE,
    Json,
)
from clusters.nodes import P5, POOL_LABELS


def nodepool() -> Json:
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": meta("efa"),
        "spec": {
            "limits": {"cpu": "2000"},
            "template": {
                "spec": {
                    "expireAfter": "720h",
                    "nodeClassRef": {
                        "group": "karpenter.k8s.aws",
                        "kind": "EC2NodeClass",
                        "name": "efa",
                    },
                    "requirements": [
                        {
                            "key": "karpenter.k8s.aws/instance-category",
                            "operator": "In",
                            "values": ["p"],
                        },
                        {
                            "key": "karpenter.sh/capacity-type",
                            "operator": "In",
                            "values": ["on-demand"],
                        },
                        {
                            "key": "topology.kubernetes.io/zone",
                            "operator": "In",
                            "values": [ZONE],
                        },
                    ],
                    "taints": [dict(GPU_TAINT), dict(EFA_TAINT)],
                }
            },
        },
        "status": {
            "conditions": [
                condition("NodeClassReady"),
                condition("NodeRegistrationHealthy"),
                condition("ValidationSucceeded"),
                condition("Ready"),
            ],
            "resources": {"cpu": "192", "nodes": "1"},
        },
    }


def nodeclass() -> Json:
    ready = ("AMIsReady", "InstanceProfileReady", "SecurityGroupsReady", "SubnetsReady")
    return {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": meta("efa"),
        "spec": {
            "amiSelectorTerms": [{"alias": "al2023@v20260724"}],
            "role": "karpenter-node",
            "subnetSelectorTerms": [{"tags": {"karpenter.sh/discovery": "prod"}}],
            "securityGroupSelectorTerms": [{"tags": {"karpenter.sh/discovery": "prod"}}],
        },
        "status": {
            "conditions": [
                *(condition(name) for name in ready),
                condition("PlacementGroupReady"),
                condition("ValidationSucceeded"),
                condition("Ready"),
            ],
            "instanceProfile": "prod_karpenter",
            "securityGroups": [{"id": NODE_SG, "name": NODE_SG}],
            "subnets": [
                {"id": "subnet-0a", "zone": ZONE, "zoneID": "usw2-az1"},
                {"id": "subnet-0b", "zone": OTHER_ZONE, "zoneID": "usw2-az2"},
            ],
        },
    }


def nodeclaim() -> Json:
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodeClaim",
        "metadata": meta(
            "efa-abcde",
            labels={
                **POOL_LABELS,
                "node.kubernetes.io/instance-type": "p5.48xlarge",
                "topology.kubernetes.io/zone": ZONE,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
            },
            ownerReferences=[
                {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "name": "efa", "uid": "u"}
            ],
        ),
        "spec": {
            "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "efa"},
            "requirements": [
                {
                    "key": "node.kubernetes.io/instance-type",
                    "operator": "In",
                    "values": ["p5.48xlarge"],
                }
            ],
            "resources": {"requests": {"vpc.amazonaws.com/efa": "4", "nvidia.com/gpu": "8"}},
            "taints": [dict(GPU_TAINT), dict(EFA_TAINT)],
        },
        "status": {
            "nodeName": EFA_NODE,
            "providerID": f"aws:///{ZONE}/{EFA_INSTANCE}",
            "capacity": dict(P5),
            "allocatable": dict(P5),
            "conditions": [
                condition("Launched"),
                condition("Registered"),
                condition("Initialized"),
                condition("Ready"),
            ],
        },
    }

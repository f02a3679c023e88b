"""Nodes: those of the system node group, and the one that Karpenter made for EFA."""

from __future__ import annotations

from clusters.metadata import condition, meta
from clusters.names import EFA_INSTANCE, EFA_NODE, EFA_TAINT, GPU_TAINT, REGION, ZONE, Json

P5 = {
    "cpu": "191450m",
    "memory": "2000Gi",
    "pods": "100",
    "ephemeral-storage": "280Gi",
    "vpc.amazonaws.com/efa": "32",
    "nvidia.com/gpu": "8",
}

POOL_LABELS = {
    "karpenter.sh/nodepool": "efa",
    "karpenter.sh/capacity-type": "on-demand",
    "karpenter.k8s.aws/ec2nodeclass": "efa",
    "karpenter.k8s.aws/instance-category": "p",
    "karpenter.k8s.aws/instance-family": "p5",
}


def node(name: str, type_: str, instance: str, zone: str = ZONE, **labels: str) -> Json:
    known = {
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "node.kubernetes.io/instance-type": type_,
        "topology.kubernetes.io/zone": zone,
        "topology.kubernetes.io/region": REGION,
    }
    amounts = {"cpu": "7910m", "memory": "31749070Ki", "pods": "58", "ephemeral-storage": "100Gi"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": meta(name, labels={**known, **labels}),
        "spec": {"providerID": f"aws:///{zone}/{instance}"},
        "status": {
            "capacity": dict(amounts),
            "allocatable": dict(amounts),
            "conditions": [condition("Ready", reason="KubeletReady")],
            "nodeInfo": {"kubeletVersion": "v1.36.2-eks-8f2c6d1", "architecture": "amd64"},
        },
    }


def system_nodes() -> list[Json]:
    group = {"eks.amazonaws.com/nodegroup": "system"}
    return [
        node("ip-10-0-2-10.us-west-2.compute.internal", "m7i.2xlarge", "i-0system1", **group),
        node("ip-10-0-2-11.us-west-2.compute.internal", "m7i.2xlarge", "i-0system2", **group),
    ]


def efa_node() -> Json:
    made = node(EFA_NODE, "p5.48xlarge", EFA_INSTANCE, **POOL_LABELS)
    made["metadata"]["labels"]["karpenter.sh/registered"] = "true"
    made["metadata"]["labels"]["karpenter.sh/initialized"] = "true"
    made["spec"]["taints"] = [dict(GPU_TAINT), dict(EFA_TAINT)]
    made["status"]["capacity"] |= P5 | {"hugepages-2Mi": "0"}
    made["status"]["allocatable"] |= P5 | {"hugepages-2Mi": "0"}
    return made

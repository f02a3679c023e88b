"""What goes wrong with what makes nodes: each function breaks one thing of a healthy cluster.

All of them leave the cluster as it is before the pool's first node.
"""

from __future__ import annotations

from typing import Any

from clusters import GPU_TAINT, OTHER_ZONE, ZONE, Cluster, Json, condition, meta
from faults.pods import asking

EFA = "vpc.amazonaws.com/efa"
LATELY = "2026-11-20T09:55:00Z"


# ---- helpers: no faults of their own ----------------------------------------


def requirements(cluster: Cluster) -> list[Json]:
    found: list[Json] = cluster.pool["spec"]["template"]["spec"]["requirements"]
    return found


def requiring(cluster: Cluster, key: str, *values: str, operator: str = "In") -> None:
    """The pool requires this of a label, instead of what it required."""
    kept = [r for r in requirements(cluster) if r["key"] != key]
    requirements(cluster)[:] = [*kept, {"key": key, "operator": operator, "values": list(values)}]


def condition_of(thing: Json, type_: str, status: str, reason: str, **more: Any) -> None:
    """Set one condition, and Ready after it where it is not True."""
    listed = thing["status"]["conditions"]
    listed[:] = [c for c in listed if c["type"] not in (type_, "Ready")]
    listed.append(condition(type_, status, reason, **more))
    listed.append(condition("Ready", status, "UnhealthyDependents"))


def event(reason: str, claim: str = "efa-q1w2e", at: str = LATELY, **more: Any) -> Json:
    """What Karpenter says of a NodeClaim that is gone."""
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": meta(f"{claim}.1", "default"),
        "involvedObject": {"kind": "NodeClaim", "name": claim, "apiVersion": "karpenter.sh/v1"},
        "reason": reason,
        "message": f"NodeClaim {claim} event: creating instance",
        "source": {"component": "karpenter"},
        "firstTimestamp": at,
        "lastTimestamp": at,
        "type": "Warning",
    } | more


def training_group(cluster: Cluster, interfaces: int = 32, **more: Any) -> Json:
    """A node group of p5.48xlarge that the pod selects; Karpenter's pool is gone."""
    cluster.without_nodes_of_pool()
    cluster.remove("NodePool", "efa")
    cluster.pod["spec"]["nodeSelector"] = {"eks.amazonaws.com/nodegroup": "training"}
    listed = [
        {"InterfaceType": "efa", "DeviceIndex": int(i > 0), "NetworkCardIndex": i}
        for i in range(interfaces)
    ]
    cluster.aws["aws/ec2/describe-launch-template-versions"].append(
        {
            "LaunchTemplateId": "lt-0training",
            "LaunchTemplateName": "training",
            "VersionNumber": 1,
            "DefaultVersion": True,
            "LaunchTemplateData": {"InstanceType": "p5.48xlarge", "NetworkInterfaces": listed},
        }
    )
    group: Json = {
        "nodegroupName": "training",
        "clusterName": "prod",
        "status": "ACTIVE",
        "capacityType": "ON_DEMAND",
        "scalingConfig": {"minSize": 0, "maxSize": 4, "desiredSize": 0},
        "instanceTypes": [],
        "subnets": ["subnet-0a"],
        "taints": [{"key": GPU_TAINT["key"], "value": GPU_TAINT["value"], "effect": "NO_SCHEDULE"}],
        "launchTemplate": {"name": "training", "version": "1", "id": "lt-0training"},
        "resources": {"autoScalingGroups": [{"name": "eks-training"}]},
        "health": {"issues": []},
    } | more
    cluster.aws["aws/eks/describe-nodegroup"].append(group)
    cluster.aws["aws/autoscaling/describe-auto-scaling-groups"].append(
        {
            "AutoScalingGroupName": "eks-training",
            "MinSize": 0,
            "MaxSize": group["scalingConfig"]["maxSize"],
            "DesiredCapacity": group["scalingConfig"]["desiredSize"],
            "Tags": [{"Key": "eks:nodegroup-name", "Value": "training"}],
        }
    )
    return group


def claim_with(cluster: Cluster, reason: str) -> None:
    """The pool's NodeClaim asks for what the pod needs, and was not launched."""
    claim = cluster.claim
    cluster.without_nodes_of_pool()
    claim["metadata"]["creationTimestamp"] = "2026-11-20T09:50:00Z"
    claim["status"] = {"conditions": [condition("Launched", "Unknown", reason)]}
    cluster.add(claim)


# ---- faults -----------------------------------------------------------------


def nodepool_missing(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    cluster.remove("NodePool", "efa")


def nodepool_not_ready(cluster: Cluster) -> None:
    """Its NodeClass does not exist."""
    cluster.without_nodes_of_pool()
    cluster.pool["spec"]["template"]["spec"]["nodeClassRef"]["name"] = "efa-class"
    condition_of(cluster.pool, "NodeClassReady", "False", "NodeClassNotFound")


def nodeclass_not_ready(cluster: Cluster) -> None:
    """Its subnet selector has a tag value in the wrong case."""
    cluster.without_nodes_of_pool()
    wrong = {"karpenter.sh/discovery": "PROD"}
    cluster.nodeclass["spec"]["subnetSelectorTerms"] = [{"tags": wrong}]
    cluster.nodeclass["status"]["subnets"] = []
    condition_of(cluster.nodeclass, "SubnetsReady", "False", "SubnetsNotFound")
    condition_of(cluster.nodeclass, "ValidationSucceeded", "False", "DependenciesNotReady")
    condition_of(cluster.pool, "NodeClassReady", "False", "UnhealthyDependents")


def nodepool_requirements_conflict(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    requiring(cluster, "karpenter.k8s.aws/instance-family", "p5")
    requiring(cluster, "karpenter.k8s.aws/instance-size", "8xlarge")


def nodepool_without_efa_type(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    requiring(cluster, "karpenter.k8s.aws/instance-category", "g")


def nodepool_limits_exceeded(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    cluster.pool["spec"]["limits"] = {"cpu": "64"}
    cluster.pool["status"]["resources"] = {"cpu": "0", "nodes": "0"}


def type_not_offered_in_zone(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    offerings = cluster.aws["aws/ec2/describe-instance-type-offerings"]
    offerings[:] = [
        o for o in offerings if not (o["InstanceType"][0] == "p" and o["Location"] == ZONE)
    ]


def capacity_unavailable(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    cluster.add(event("InsufficientCapacityError"))


def launch_refused(cluster: Cluster) -> None:
    claim_with(cluster, "VCPULimitExceeded")


def nodegroup_cannot_scale(cluster: Cluster) -> None:
    """No EFA interface in its launch template."""
    training_group(cluster, interfaces=0)


def nodeclass_without_efa_interface(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    primary = {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}
    cluster.nodeclass["spec"]["networkInterfaces"] = [primary]


FAULTS = (
    nodepool_missing,
    nodepool_not_ready,
    nodeclass_not_ready,
    nodepool_requirements_conflict,
    nodepool_without_efa_type,
    nodepool_limits_exceeded,
    type_not_offered_in_zone,
    capacity_unavailable,
    launch_refused,
    nodegroup_cannot_scale,
    nodeclass_without_efa_interface,
)

__all__ = ["EFA", "FAULTS", "OTHER_ZONE", "asking"]

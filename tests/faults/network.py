"""What goes wrong between nodes: each function breaks one thing of a healthy cluster."""

from __future__ import annotations

import copy

from clusters import ACCOUNT, NODE_SG, OTHER_ZONE, Cluster, Json, security_group
from faults.nodes import second_node

OTHER_SG = "sg-0bbbbbbbbbbbbbbb1"
OTHER_NODE = "ip-10-0-1-11.us-west-2.compute.internal"
OTHER_INSTANCE = "i-0aaaaaaaaaaaaaaa2"

# ---- helpers: no faults of their own ----------------------------------------


def group(cluster: Cluster, group_id: str = NODE_SG) -> Json:
    groups = cluster.aws["aws/ec2/describe-security-groups"]
    return next(g for g in groups if g["GroupId"] == group_id)


def add_group(cluster: Cluster, group_id: str = OTHER_SG) -> Json:
    made = security_group(group_id)
    cluster.aws["aws/ec2/describe-security-groups"].append(made)
    return made


def carry(cluster: Cluster, groups: list[str], *cards: int, on: str = "") -> None:
    """These EFA interfaces (all of them, where none is named) carry these groups."""
    instance = instance_of(cluster, on) if on else cluster.instance
    for index, interface in enumerate(instance["NetworkInterfaces"]):
        if not cards or index in cards:
            interface["Groups"] = [{"GroupId": g, "GroupName": g} for g in groups]


def everywhere(cluster: Cluster, *groups: str) -> None:
    """The NodeClass selects these groups, and its node carries them."""
    carry(cluster, list(groups))
    cluster.nodeclass["status"]["securityGroups"] = [{"id": g, "name": g} for g in groups]


def instance_of(cluster: Cluster, instance_id: str) -> Json:
    reservations = cluster.aws["aws/ec2/describe-instances"]
    return next(i for r in reservations for i in r["Instances"] if i["InstanceId"] == instance_id)


def bound_peer(cluster: Cluster, *, zone: str = "", type_: str = "") -> Json:
    """A second pod of the trainer's job, running on a second node."""
    made = second_node(cluster)
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "train", "uid": "uid-ml-train"}
    template = {
        "metadata": {"labels": {"job": "train"}},
        "spec": copy.deepcopy(cluster.pod["spec"]),
    }
    cluster.add(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "train", "namespace": "ml", "uid": "uid-ml-train"},
            "spec": {"template": template, "parallelism": 2},
        }
    )
    peer = copy.deepcopy(cluster.pod)
    cluster.pod["metadata"]["ownerReferences"] = [{**owner, "controller": True}]
    peer["metadata"] |= {"name": "trainer-1", "uid": "uid-ml-trainer-1"}
    peer["metadata"]["ownerReferences"] = [{**owner, "controller": True}]
    peer["spec"]["nodeName"] = OTHER_NODE
    peer["status"] = {"phase": "Running", "conditions": []}
    cluster.add(peer)
    labels = made["metadata"]["labels"]
    if zone:
        labels["topology.kubernetes.io/zone"] = zone
    if type_:
        labels["node.kubernetes.io/instance-type"] = type_
    return peer


def all_traffic(to: str) -> Json:
    return {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": to, "UserId": ACCOUNT}]}


# ---- faults -----------------------------------------------------------------


def sg_egress_self_missing(cluster: Cluster) -> None:
    """Egress is open to all addresses, which does not count for EFA."""
    del group(cluster)["IpPermissionsEgress"][1:]


def sg_ingress_self_missing(cluster: Cluster) -> None:
    group(cluster)["IpPermissions"].clear()


def sg_not_shared(cluster: Cluster) -> None:
    """A peer's node carries another group, each of them fine by itself."""
    bound_peer(cluster)
    add_group(cluster)
    carry(cluster, [OTHER_SG], on=OTHER_INSTANCE)


def fabric_split(cluster: Cluster) -> None:
    """A peer already runs in another zone than the pod's."""
    bound_peer(cluster, zone=OTHER_ZONE)
    cluster.pod["spec"]["nodeSelector"] = {"topology.kubernetes.io/zone": "us-west-2a"}


FAULTS = (sg_egress_self_missing, sg_ingress_self_missing, sg_not_shared, fabric_split)

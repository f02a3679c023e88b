"""Reports of pools and node groups that made no node."""

from __future__ import annotations

from clusters import OTHER_ZONE, ZONE, Cluster, condition
from faults.nodes import role_without_access_entry
from faults.placement import ARN, RESERVATION, add_group, add_reservation
from faults.plugins import allowed_types
from faults.pods import asking
from faults.provisioning import LATELY, claim_with, condition_of, event, requiring
from incidents.states import (
    EFA,
    GPU,
    THIRD_ZONE,
    Incident,
    empty_group,
    health,
    of_type,
    offered_in,
)

_POOL = ("NodePool", "efa")
_GROUP = ("NodeGroup", "training")
_ICE = "creating instance, insufficient capacity, with fleet error(s), "


def _limits_used_up(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    cluster.pool["spec"]["limits"] = {"cpu": "1500", "memory": "4300Gi", GPU: "16"}
    cluster.pool["status"]["resources"] = {"cpu": "400", "memory": "3000Gi", GPU: "16"}


def _gpus_of_amd(cluster: Cluster) -> None:
    of_type(cluster, "g4ad.2xlarge", efa=0, gpu=1)
    requiring(cluster, "karpenter.k8s.aws/instance-family", "g4ad")
    cluster.without_nodes_of_pool()


def _gpus_not_counted(cluster: Cluster) -> None:
    """EC2 said that the type has no GPU, when the report was written."""
    of_type(cluster, "p5.4xlarge", efa=0, gpu=1)
    cluster.without_nodes_of_pool()
    types = cluster.aws["aws/ec2/describe-instance-types"]
    small = {**types[0], "InstanceType": "p5.4xlarge"}
    small["GpuInfo"] = {"Gpus": [{"Name": "H100", "Manufacturer": "NVIDIA", "Count": 0}]}
    types.append(small)


def _one_pod_a_node(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    cluster.nodeclass["spec"]["kubelet"] = {"maxPods": 1}


def _none_anywhere(cluster: Cluster) -> None:
    """Only the events are left: the NodeClaims go at once."""
    cluster.without_nodes_of_pool()
    cluster.pod["spec"]["nodeSelector"] = {"karpenter.k8s.aws/instance-category": "p"}
    cluster.add(
        event("InsufficientCapacityError", message=f"{_ICE}InsufficientInstanceCapacity: -")
    )


def _none_in_three_zones(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    claim = "efa-q1w2e"
    for minute, zone in enumerate((ZONE, OTHER_ZONE, THIRD_ZONE)):
        text = f"{_ICE}UnfulfillableCapacity: Unable to fulfill capacity in {zone}"
        found = event("InsufficientCapacityError", claim, f"2026-11-20T09:5{minute}:00Z")
        found["metadata"]["name"] += str(minute)
        cluster.add(found | {"message": text})


def _group_without_capacity(cluster: Cluster) -> None:
    group = empty_group(cluster, "p4d.24xlarge", 4)
    _asks(cluster, efa=4, gpu=8)
    health(
        group,
        "AsgInstanceLaunchFailures",
        "Could not launch On-Demand Instances. InsufficientInstanceCapacity - We currently do not "
        "have sufficient p4d.24xlarge capacity in the Availability Zone you requested.",
    )


def _small_group_without_capacity(cluster: Cluster) -> None:
    group = empty_group(cluster, "g6.8xlarge", 1)
    allowed_types(cluster.efa_plugin).append("g6.8xlarge")
    _asks(cluster, efa=1, gpu=1)
    health(group, "AsgInstanceLaunchFailures", "InsufficientInstanceCapacity - none in the zone")


def _asks(cluster: Cluster, *, efa: int, gpu: int) -> None:
    asking(cluster, EFA, str(efa))
    asking(cluster, GPU, str(gpu))


def _zone_without_the_type(cluster: Cluster) -> None:
    group = empty_group(cluster, "p4d.24xlarge", 4, subnets=["subnet-0b"])
    _asks(cluster, efa=4, gpu=8)
    offered_in(cluster, "p4d.24xlarge", ZONE)
    text = (
        "Could not launch On-Demand Instances. Unsupported - Your requested instance type is not "
        f"supported in your requested Availability Zone ({OTHER_ZONE})."
    )
    health(group, "AsgInstanceLaunchFailures", text)


def _quota_of_zero(cluster: Cluster) -> None:
    claim_with(cluster, "VCPULimitExceeded")


def _quota_as_no_capacity(cluster: Cluster) -> None:
    """Karpenter counts a used up quota as insufficient capacity."""
    cluster.without_nodes_of_pool()
    cluster.add(event("InsufficientCapacityError", message=f"{_ICE}VcpuLimitExceeded: limit of 0"))


def _group_against_reservation(cluster: Cluster) -> None:
    """The launch template names a placement group; the reservation is not in it."""
    add_group(cluster)
    add_reservation(cluster)
    group = empty_group(cluster, "p5.48xlarge", 32)
    template = cluster.aws["aws/ec2/describe-launch-template-versions"][-1]["LaunchTemplateData"]
    template["Placement"] = {"GroupName": "prod-efa"}
    template["CapacityReservationSpecification"] = {
        "CapacityReservationTarget": {"CapacityReservationId": RESERVATION}
    }
    health(group, "AsgInstanceLaunchFailures", "InsufficientInstanceCapacity - none")


def _another_placement_group(cluster: Cluster) -> None:
    """The reservation is in the user's group; the template names the module's."""
    _group_against_reservation(cluster)
    add_group(cluster, "module-made")
    (reservation,) = cluster.aws["aws/ec2/describe-capacity-reservations"]
    reservation["PlacementGroupArn"] = f"{ARN}prod-efa"
    template = cluster.aws["aws/ec2/describe-launch-template-versions"][-1]["LaunchTemplateData"]
    template["Placement"] = {"GroupName": "module-made"}


def _role_not_passed(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    nodeclass, text = cluster.nodeclass, "not authorized to perform: iam:PassRole"
    condition_of(nodeclass, "InstanceProfileReady", "False", "NotAuthorized", message=text)
    condition_of(cluster.pool, "NodeClassReady", "False", "UnhealthyDependents")


def _spot_never_used(cluster: Cluster) -> None:
    requiring(cluster, "karpenter.sh/capacity-type", "spot")
    claim_with(cluster, "SpotSLRCreationFailed")


def _subnet_used_up(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    cluster.aws["aws/ec2/describe-subnets"][0]["AvailableIpAddressCount"] = 3
    text = f"{_ICE}InsufficientFreeAddressesInSubnet: not enough free addresses in 'subnet-0a'"
    cluster.add(event("InsufficientCapacityError", at=LATELY, message=text))


def _type_of_standard(cluster: Cluster) -> None:
    cluster.aws["aws/eks/describe-access-entry"][0] |= {
        "type": "STANDARD",
        "kubernetesGroups": ["admin"],
    }
    _not_joined_yet(cluster)


def _mapped_without_groups(cluster: Cluster) -> None:
    role_without_access_entry(cluster)
    arn = "arn:aws:iam::111122223333:role/karpenter-node"
    line = f"- rolearn: {arn}\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n"
    meta = {"name": "aws-auth", "namespace": "kube-system"}
    cluster.add(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"mapRoles": line}}
    )


def _not_joined_yet(cluster: Cluster, at: str = "2026-11-20T09:58:00Z") -> None:
    claim = cluster.claim
    cluster.without_nodes_of_pool()
    claim["metadata"]["creationTimestamp"] = at
    del claim["status"]["nodeName"]
    claim["status"]["conditions"] = [
        condition("Launched", lastTransitionTime=at),
        condition("Registered", "Unknown", "NodeNotFound", lastTransitionTime=at),
        condition("Initialized", "Unknown", "NodeNotFound", lastTransitionTime=at),
    ]
    cluster.add(claim)


def _never_joins(cluster: Cluster) -> None:
    _not_joined_yet(cluster, "2026-11-20T09:40:00Z")


def _group_never_joins(cluster: Cluster) -> None:
    group = empty_group(cluster, "p5.48xlarge", 32)
    group["nodeRole"] = cluster.aws["aws/eks/describe-nodegroup"][0]["nodeRole"]
    health(group, "NodeCreationFailure", "Instances failed to join the kubernetes cluster")


_CLAIM = ("NodeClaim", "efa-abcde")
_NO_WORD = "nothing that was read says why"

INCIDENTS = (
    Incident(
        source="aws/karpenter-provider-aws#5975",
        title="the pool's limits are used up, which Karpenter calls no instance type",
        state=_limits_used_up,
        codes=(("EFA206", *_POOL),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#7754",
        title="the pool allows g4ad only, whose GPUs are AMD's",
        state=_gpus_of_amd,
        codes=(("EFA205", *_POOL),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#8368",
        title="EC2 says that the pool's only type has no GPU",
        state=_gpus_not_counted,
        codes=(("EFA205", *_POOL),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#6884",
        title="one pod a node, and the daemons take it",
        state=_one_pod_a_node,
        codes=(("EFA205", *_POOL),),
    ),
    Incident(
        source="kubernetes-sigs/karpenter#1212",
        title="EC2 has none of the types, and only events tell",
        state=_none_anywhere,
        codes=(("EFA208", *_POOL),),
    ),
    Incident(
        source="kubernetes-sigs/karpenter#2275",
        title="EC2 has none in any of three zones",
        state=_none_in_three_zones,
        codes=(("EFA208", *_POOL),),
    ),
    Incident(
        source="aws/containers-roadmap#2204",
        title="EC2 has no capacity for the node group",
        state=_group_without_capacity,
        codes=(("EFA208", *_GROUP),),
    ),
    Incident(
        source="pulumi/pulumi-eks#1607",
        title="the one zone of the node group has no capacity",
        state=_small_group_without_capacity,
        codes=(("EFA208", *_GROUP),),
    ),
    Incident(
        source="eksctl-io/eksctl#6461",
        title="the node group's zone does not offer the type",
        state=_zone_without_the_type,
        codes=(("EFA207", *_GROUP),),
    ),
    Incident(
        source="batteries-included/batteries-included#1636",
        title="a new account's quota for GPU instances is zero",
        state=_quota_of_zero,
        codes=(("EFA209", *_POOL),),
    ),
    Incident(
        source="aws-samples/deepseek-using-vllm-on-eks#3",
        title="a quota of zero that Karpenter counts as insufficient capacity",
        state=_quota_as_no_capacity,
        codes=(("EFA209", *_POOL),),
    ),
    Incident(
        source="eksctl-io/eksctl#7949",
        title="a reservation outside of the placement group that eksctl adds",
        state=_group_against_reservation,
        codes=(("EFA208", *_GROUP),),
        warnings=(("EFA706", "CapacityReservation", RESERVATION),),
    ),
    Incident(
        source="terraform-aws-modules/terraform-aws-eks#3661",
        title="a reservation in another placement group than the module's own",
        state=_another_placement_group,
        codes=(("EFA208", *_GROUP),),
        warnings=(("EFA706", "CapacityReservation", RESERVATION),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#5444",
        title="Karpenter may not pass the node role",
        state=_role_not_passed,
        codes=(("EFA203", "EC2NodeClass", "efa"),),
    ),
    Incident(
        source="eksctl-io/eksctl#6064",
        title="the account has no service-linked role for Spot",
        state=_spot_never_used,
        codes=(("EFA209", *_POOL),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#3380",
        title="the subnet has fewer free addresses than the instance takes",
        state=_subnet_used_up,
        codes=(("EFA209", *_POOL),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#7558",
        title="the node role's access entry is of type STANDARD",
        state=_type_of_standard,
        codes=(("EFA301", *_CLAIM),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#6973",
        title="the node role has no groups in aws-auth",
        state=_mapped_without_groups,
        codes=(("EFA301", *_CLAIM),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#2423",
        title="Karpenter has the endpoint of a cluster that is gone",
        state=_never_joins,
        codes=(("EFA301", *_CLAIM),),
        says=_NO_WORD,
    ),
    Incident(
        source="aws/karpenter-provider-aws#8720",
        title="the AMI does not start a kubelet",
        state=_never_joins,
        codes=(("EFA301", *_CLAIM),),
        says=_NO_WORD,
    ),
    Incident(
        source="oomichi/try-kubernetes#136",
        title="the private subnet has no route out",
        state=_never_joins,
        codes=(("EFA301", *_CLAIM),),
        says=_NO_WORD,
    ),
    Incident(
        source="aws/aws-cdk#8520",
        title="the node group is in isolated subnets",
        state=_group_never_joins,
        codes=(("EFA301", *_GROUP),),
        says=_NO_WORD,
    ),
)

"""Reports of pools and node groups that AWS gives no instance: capacity, quotas, addresses."""

from __future__ import annotations

from clusters import OTHER_ZONE, ZONE, Cluster
from faults.placement import ARN, RESERVATION, add_group, add_reservation
from faults.plugins import allowed_types
from faults.pods import asking
from faults.provisioning import LATELY, claim_with, event, requiring
from incidents.states import EFA, GPU, THIRD_ZONE, Incident, empty_group, health, offered_in

_POOL = ("NodePool", "efa")
_GROUP = ("NodeGroup", "training")
_ICE = "creating instance, insufficient capacity, with fleet error(s), "


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


def _spot_never_used(cluster: Cluster) -> None:
    requiring(cluster, "karpenter.sh/capacity-type", "spot")
    claim_with(cluster, "SpotSLRCreationFailed")


def _subnet_used_up(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    cluster.aws["aws/ec2/describe-subnets"][0]["AvailableIpAddressCount"] = 3
    text = f"{_ICE}InsufficientFreeAddressesInSubnet: not enough free addresses in 'subnet-0a'"
    cluster.add(event("InsufficientCapacityError", at=LATELY, message=text))


INCIDENTS = (
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
)

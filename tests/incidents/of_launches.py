"""Reports of launches that Karpenter, EC2 or EKS refuses."""

from __future__ import annotations

from clusters import Cluster
from faults.nodes import launched
from faults.placement import add_reservation, selects_reservation
from faults.plugins import allowed_types
from faults.provisioning import claim_with, condition_of, event, requiring
from incidents.states import Incident, asks, empty_group, health, of_type

_POOL = ("NodePool", "efa")
_GROUP = ("NodeGroup", "training")
_CLAIM = ("NodeClaim", "efa-abcde")


def _more_gpus_than_its_types_have(cluster: Cluster) -> None:
    of_type(cluster, "g4dn.2xlarge", efa=0, gpu=1)
    key = "node.kubernetes.io/instance-type"
    requiring(cluster, key, "g4dn.2xlarge", "g4dn.4xlarge")
    asks(cluster, gpu=2)
    cluster.without_nodes_of_pool()


def _limit_of_one_node(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    cluster.pool["spec"]["limits"] = {"cpu": "192"}
    cluster.pool["status"]["resources"] = {"cpu": "192", "nodes": "1"}


def _full_capacity_block(cluster: Cluster) -> None:
    """Of two blocks of one type and zone Karpenter tries the full one only."""
    cluster.without_nodes_of_pool()
    add_reservation(cluster)
    selects_reservation(cluster)
    requiring(cluster, "karpenter.sh/capacity-type", "reserved")
    code = "ReservationCapacityExceeded: not enough available capacity"
    cluster.add(event("InsufficientCapacityError", message=f"creating instance, {code}"))


def _failed(cluster: Cluster, reason: str, message: str) -> None:
    claim_with(cluster, reason)
    cluster.claim["status"]["conditions"][0]["message"] = message


def _amis_of_another_architecture(cluster: Cluster) -> None:
    _failed(cluster, "LaunchFailed", "no instance types satisfy requirements of amis [ami-0a]")


def _public_address_on_several_interfaces(cluster: Cluster) -> None:
    cluster.nodeclass["spec"]["associatePublicIPAddress"] = True
    said = "cannot be specified when launching with multiple network interfaces"
    _failed(cluster, "LaunchFailed", f"with fleet error(s), InvalidParameterCombination: {said}")


def _denied_by_the_organization(cluster: Cluster) -> None:
    said = "not authorized to perform: ec2:RunInstances with an explicit deny"
    _failed(cluster, "Unauthorized", f"{said} in a service control policy")


def _card_without_efa(cluster: Cluster) -> None:
    """eksctl counts network cards, of which the first has no EFA."""
    group = empty_group(cluster, "p6-b200.48xlarge", 8)
    allowed_types(cluster.efa_plugin).append("p6-b200.48xlarge")
    text = "Could not launch On-Demand Instances. InvalidParameterValue - card 0 has no EFA."
    health(group, "AsgInstanceLaunchFailures", text)
    group["status"] = "CREATE_FAILED"


def _key_that_may_not_be_used(cluster: Cluster) -> None:
    """EC2 ends the instance as it starts, for it may not decrypt the volume."""
    launched(cluster, "2026-11-20T09:58:00Z")
    code = "Client.InvalidKMSKey.InvalidState"
    cluster.instance["State"] = {"Name": "terminated"}
    cluster.instance["StateReason"] = {"Code": code, "Message": f"{code}: not to be used"}


def _public_subnet_without_addresses(cluster: Cluster) -> None:
    group = empty_group(cluster, "p5.48xlarge", 32)
    group["nodeRole"] = cluster.aws["aws/eks/describe-nodegroup"][0]["nodeRole"]
    health(group, "NodeCreationFailure", "Instances failed to join the kubernetes cluster")


def _no_group_of_that_tag(cluster: Cluster) -> None:
    cluster.without_nodes_of_pool()
    cluster.nodeclass["spec"]["securityGroupSelectorTerms"] = [
        {"tags": {"karpenter.sh/discovery": "prod-cluster"}}
    ]
    cluster.nodeclass["status"]["securityGroups"] = []
    condition_of(cluster.nodeclass, "SecurityGroupsReady", "False", "SecurityGroupsNotFound")
    condition_of(cluster.pool, "NodeClassReady", "False", "UnhealthyDependents")


INCIDENTS = (
    Incident(
        source="aws/karpenter-provider-aws#8064",
        title="two GPUs are asked for of a pool whose types have one each",
        state=_more_gpus_than_its_types_have,
        codes=(("EFA205", *_POOL),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#8068",
        title="a pool whose limits allow the one node that it has",
        state=_limit_of_one_node,
        codes=(("EFA206", *_POOL),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#8514",
        title="of two capacity blocks Karpenter tries the one that is full",
        state=_full_capacity_block,
        codes=(("EFA208", *_POOL),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#7211",
        title="no AMI of the NodeClass suits the types that the pool launches",
        state=_amis_of_another_architecture,
        codes=(("EFA209", *_POOL),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#5666",
        title="a public address is wanted for an instance with several interfaces",
        state=_public_address_on_several_interfaces,
        codes=(("EFA209", *_POOL),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#7370",
        title="a policy of the organization denies the launch",
        state=_denied_by_the_organization,
        codes=(("EFA209", *_POOL),),
    ),
    Incident(
        source="eksctl-io/eksctl#8692",
        title="eksctl wants EFA on a network card that has none, and the group is never made",
        state=_card_without_efa,
        codes=(("EFA209", *_GROUP),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#3767",
        title="EC2 ends the instance at once, for Karpenter may not use the volume's key",
        state=_key_that_may_not_be_used,
        codes=(("EFA301", *_CLAIM),),
        says="Client.InvalidKMSKey",
    ),
    Incident(
        source="terraform-aws-modules/terraform-aws-eks#3533",
        title="nodes with EFA in a public subnet have no public address",
        state=_public_subnet_without_addresses,
        codes=(("EFA301", *_GROUP),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#6650",
        title="the NodeClass selects no security group",
        state=_no_group_of_that_tag,
        codes=(("EFA203", "EC2NodeClass", "efa"),),
    ),
)

"""EKS, in camelCase: the cluster, its node groups, its access entries."""

from collections.abc import Mapping

from msgspec import field

from efadoctor.model.structs import View, no_labels


class VpcConfig(View):
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    cluster_security_group_id: str = ""
    vpc_id: str = ""


class AccessConfig(View):
    authentication_mode: str = ""


class ComputeConfig(View):
    enabled: bool = False


class Cluster(View):
    name: str = ""
    arn: str = ""
    version: str = ""
    status: str = ""
    resources_vpc_config: VpcConfig = VpcConfig()
    access_config: AccessConfig | None = None
    compute_config: ComputeConfig | None = None


class ScalingConfig(View):
    min_size: int = 0
    max_size: int = 0
    desired_size: int = 0


class NodeGroupTaint(View):
    """A taint as EKS spells it: the effect is ``NO_SCHEDULE`` and the like."""

    key: str = ""
    value: str = ""
    effect: str = ""


class NodeGroupLaunchTemplate(View):
    name: str = ""
    version: str = ""
    id: str = ""


class NodeGroupIssue(View):
    code: str = ""
    message: str = ""
    resource_ids: tuple[str, ...] = ()


class NodeGroupHealth(View):
    issues: tuple[NodeGroupIssue, ...] = ()


class AutoScalingGroupName(View):
    name: str = ""


class NodeGroupResources(View):
    auto_scaling_groups: tuple[AutoScalingGroupName, ...] = ()


class NodeGroup(View):
    """An EKS managed node group."""

    nodegroup_name: str = ""
    cluster_name: str = ""
    status: str = ""
    capacity_type: str = ""
    scaling_config: ScalingConfig = ScalingConfig()
    instance_types: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    ami_type: str = ""
    node_role: str = ""
    labels: Mapping[str, str] = field(default_factory=no_labels)
    taints: tuple[NodeGroupTaint, ...] = ()
    launch_template: NodeGroupLaunchTemplate | None = None
    resources: NodeGroupResources = NodeGroupResources()
    health: NodeGroupHealth = NodeGroupHealth()
    created_at: str | float | None = None


class AccessEntry(View):
    principal_arn: str = ""
    type: str = ""
    kubernetes_groups: tuple[str, ...] = ()
    username: str = ""


class AccessEntryArn(View):
    """A principal that ``ListAccessEntries`` names."""

    arn: str = ""


class NodeGroupName(View):
    """A node group that ``ListNodegroups`` names."""

    name: str = ""

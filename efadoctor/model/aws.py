"""Typed views of AWS responses: only the fields that efadoctor reads.

Shapes as the AWS CLI prints them (EC2, IAM and Auto Scaling in PascalCase, EKS in camelCase).
"""

from collections.abc import Mapping

from msgspec import field

from efadoctor.model.structs import AwsView, View, no_labels


class Tag(AwsView):
    key: str = ""
    value: str = ""


class GroupIdentifier(AwsView):
    group_id: str = ""
    group_name: str = ""


class InterfaceAttachment(AwsView):
    device_index: int = 0
    network_card_index: int = 0
    instance_id: str = ""
    status: str = ""


class AttachedInterface(AwsView):
    """A network interface as an instance lists it."""

    network_interface_id: str = ""
    interface_type: str = "interface"
    status: str = ""
    subnet_id: str = ""
    vpc_id: str = ""
    groups: tuple[GroupIdentifier, ...] = ()
    attachment: InterfaceAttachment | None = None


class Placement(AwsView):
    availability_zone: str = ""
    group_name: str = ""
    group_id: str = ""
    tenancy: str = ""


class InstanceState(AwsView):
    name: str = ""


class InstanceProfileRef(AwsView):
    arn: str = ""


class Instance(AwsView):
    instance_id: str = ""
    instance_type: str = ""
    image_id: str = ""
    launch_time: str = ""
    private_dns_name: str = ""
    state: InstanceState = InstanceState()
    subnet_id: str = ""
    vpc_id: str = ""
    placement: Placement = Placement()
    network_interfaces: tuple[AttachedInterface, ...] = ()
    iam_instance_profile: InstanceProfileRef | None = None
    capacity_reservation_id: str = ""
    tags: tuple[Tag, ...] = ()


class Reservation(AwsView):
    instances: tuple[Instance, ...] = ()


class NetworkInterface(AwsView):
    network_interface_id: str = ""
    interface_type: str = "interface"
    status: str = ""
    subnet_id: str = ""
    vpc_id: str = ""
    availability_zone: str = ""
    groups: tuple[GroupIdentifier, ...] = ()
    attachment: InterfaceAttachment | None = None


class UserIdGroupPair(AwsView):
    group_id: str = ""
    user_id: str = ""


class IpRange(AwsView):
    cidr_ip: str = ""


class Ipv6Range(AwsView):
    cidr_ipv6: str = field(default="", name="CidrIpv6")


class IpPermission(AwsView):
    ip_protocol: str = ""
    from_port: int | None = None
    to_port: int | None = None
    user_id_group_pairs: tuple[UserIdGroupPair, ...] = ()
    ip_ranges: tuple[IpRange, ...] = ()
    ipv6_ranges: tuple[Ipv6Range, ...] = ()


class SecurityGroup(AwsView):
    group_id: str = ""
    group_name: str = ""
    vpc_id: str = ""
    ip_permissions: tuple[IpPermission, ...] = ()
    ip_permissions_egress: tuple[IpPermission, ...] = ()
    tags: tuple[Tag, ...] = ()


class ReferencedGroup(AwsView):
    group_id: str = ""


class SecurityGroupRule(AwsView):
    security_group_rule_id: str = ""
    group_id: str = ""
    is_egress: bool = False
    ip_protocol: str = ""
    cidr_ipv4: str = field(default="", name="CidrIpv4")
    referenced_group_info: ReferencedGroup | None = None


class Subnet(AwsView):
    subnet_id: str = ""
    vpc_id: str = ""
    availability_zone: str = ""
    availability_zone_id: str = ""
    available_ip_address_count: int | None = None
    map_public_ip_on_launch: bool = False
    state: str = ""
    tags: tuple[Tag, ...] = ()


class PlacementGroup(AwsView):
    group_name: str = ""
    group_id: str = ""
    state: str = ""
    strategy: str = ""
    tags: tuple[Tag, ...] = ()


class CapacityReservation(AwsView):
    capacity_reservation_id: str = ""
    instance_type: str = ""
    availability_zone: str = ""
    state: str = ""
    total_instance_count: int = 0
    available_instance_count: int = 0
    instance_match_criteria: str = ""
    placement_group_arn: str = ""
    reservation_type: str = ""
    end_date: str | None = None
    tags: tuple[Tag, ...] = ()


class AvailabilityZone(AwsView):
    zone_name: str = ""
    zone_id: str = ""
    zone_type: str = ""
    state: str = ""


# ---- instance types ---------------------------------------------------------


class EfaInfo(AwsView):
    maximum_efa_interfaces: int = 0


class NetworkCard(AwsView):
    network_card_index: int = 0
    maximum_network_interfaces: int = 0


class NetworkInfo(AwsView):
    maximum_network_interfaces: int = 0
    maximum_network_cards: int = 1
    default_network_card_index: int = 0
    ipv4_addresses_per_interface: int = 0
    encryption_in_transit_supported: bool = False
    ena_support: str = ""
    network_performance: str = ""
    network_cards: tuple[NetworkCard, ...] = ()
    efa_supported: bool = False
    efa_info: EfaInfo | None = None


class MemoryInfo(AwsView):
    size_in_mi_b: int = field(default=0, name="SizeInMiB")


class Gpu(AwsView):
    name: str = ""
    manufacturer: str = ""
    count: int = 0
    memory_info: MemoryInfo = MemoryInfo()


class GpuInfo(AwsView):
    gpus: tuple[Gpu, ...] = ()


class NeuronCoreInfo(AwsView):
    count: int = 0


class NeuronDevice(AwsView):
    name: str = ""
    count: int = 0
    core_info: NeuronCoreInfo = NeuronCoreInfo()


class NeuronInfo(AwsView):
    neuron_devices: tuple[NeuronDevice, ...] = ()


class VCpuInfo(AwsView):
    default_v_cpus: int = field(default=0, name="DefaultVCpus")


class ProcessorInfo(AwsView):
    supported_architectures: tuple[str, ...] = ()
    manufacturer: str = ""
    sustained_clock_speed_in_ghz: float | None = None


class InstanceStorageInfo(AwsView):
    total_size_in_gb: int | None = field(default=None, name="TotalSizeInGB")
    nvme_support: str = ""


class EbsOptimizedInfo(AwsView):
    maximum_bandwidth_in_mbps: int | None = None


class EbsInfo(AwsView):
    ebs_optimized_support: str = ""
    ebs_optimized_info: EbsOptimizedInfo | None = None


class PlacementGroupInfo(AwsView):
    supported_strategies: tuple[str, ...] = ()


class InstanceTypeInfo(AwsView):
    """One type as ``DescribeInstanceTypes`` describes it."""

    instance_type: str = ""
    bare_metal: bool = False
    hypervisor: str = ""
    supported_usage_classes: tuple[str, ...] = ()
    v_cpu_info: VCpuInfo = field(default=VCpuInfo(), name="VCpuInfo")
    memory_info: MemoryInfo = MemoryInfo()
    processor_info: ProcessorInfo = ProcessorInfo()
    network_info: NetworkInfo = NetworkInfo()
    gpu_info: GpuInfo | None = None
    neuron_info: NeuronInfo | None = None
    instance_storage_info: InstanceStorageInfo | None = None
    ebs_info: EbsInfo | None = None
    placement_group_info: PlacementGroupInfo | None = None


class InstanceTypeOffering(AwsView):
    instance_type: str = ""
    location: str = ""
    location_type: str = ""


# ---- launch templates, Auto Scaling -----------------------------------------


class LaunchTemplateInterface(AwsView):
    interface_type: str = "interface"
    device_index: int = 0
    network_card_index: int = 0
    groups: tuple[str, ...] = ()
    subnet_id: str = ""


class LaunchTemplatePlacement(AwsView):
    group_name: str = ""
    group_id: str = ""
    availability_zone: str = ""


class CapacityReservationTarget(AwsView):
    capacity_reservation_id: str = ""


class CapacityReservationSpecification(AwsView):
    """Which reservations an instance may use: ``open``, ``none``, or one target."""

    capacity_reservation_preference: str = ""
    capacity_reservation_target: CapacityReservationTarget | None = None


class LaunchTemplateData(AwsView):
    instance_type: str = ""
    network_interfaces: tuple[LaunchTemplateInterface, ...] = ()
    placement: LaunchTemplatePlacement | None = None
    security_group_ids: tuple[str, ...] = ()
    user_data: str = ""
    capacity_reservation_specification: CapacityReservationSpecification | None = None


class LaunchTemplateVersion(AwsView):
    launch_template_id: str = ""
    launch_template_name: str = ""
    version_number: int = 0
    default_version: bool = False
    launch_template_data: LaunchTemplateData = LaunchTemplateData()


class AutoScalingInstance(AwsView):
    instance_id: str = ""
    instance_type: str = ""
    availability_zone: str = ""
    lifecycle_state: str = ""
    health_status: str = ""


class AutoScalingGroup(AwsView):
    auto_scaling_group_name: str = ""
    min_size: int = 0
    max_size: int = 0
    desired_capacity: int = 0
    availability_zones: tuple[str, ...] = ()
    vpc_zone_identifier: str = field(default="", name="VPCZoneIdentifier")
    placement_group: str = ""
    instances: tuple[AutoScalingInstance, ...] = ()
    tags: tuple[Tag, ...] = ()


class ScalingActivity(AwsView):
    auto_scaling_group_name: str = ""
    status_code: str = ""
    status_message: str = ""
    cause: str = ""
    description: str = ""
    start_time: str = ""


# ---- IAM --------------------------------------------------------------------


class Role(AwsView):
    role_name: str = ""
    arn: str = ""


class InstanceProfile(AwsView):
    instance_profile_name: str = ""
    arn: str = ""
    roles: tuple[Role, ...] = ()


# ---- EKS (camelCase) --------------------------------------------------------


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

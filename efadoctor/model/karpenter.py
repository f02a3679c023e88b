"""Typed views of Karpenter's objects (karpenter.sh/v1 and karpenter.k8s.aws/v1).

Fields and their first provider versions: domain facts from the Karpenter CRDs,
https://karpenter.sh/docs/concepts/nodepools/ and https://karpenter.sh/docs/concepts/nodeclasses/.
"""

from collections.abc import Mapping

from msgspec import field

from efadoctor.model.kubernetes import Condition, KubernetesObject, ObjectMeta, Taint
from efadoctor.model.structs import Json, Quantity, View, no_labels, no_quantities


class Requirement(View):
    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()
    min_values: int | None = None


class NodeClassRef(View):
    group: str = ""
    kind: str = ""
    name: str = ""


class NodeTemplateSpec(View):
    node_class_ref: NodeClassRef = NodeClassRef()
    requirements: tuple[Requirement, ...] = ()
    taints: tuple[Taint, ...] = ()
    startup_taints: tuple[Taint, ...] = ()
    expire_after: str | None = None


class NodeTemplate(View):
    metadata: ObjectMeta = ObjectMeta()
    spec: NodeTemplateSpec = NodeTemplateSpec()


class Budget(View):
    nodes: str = ""
    schedule: str | None = None
    duration: str | None = None
    reasons: tuple[str, ...] = ()


class Disruption(View):
    consolidation_policy: str = ""
    consolidate_after: str | None = None
    budgets: tuple[Budget, ...] = ()


class NodePoolSpec(View):
    template: NodeTemplate = NodeTemplate()
    limits: Mapping[str, Quantity] = field(default_factory=no_quantities)
    weight: int = 0
    disruption: Disruption | None = None
    replicas: int | None = None


class NodePoolStatus(View):
    conditions: tuple[Condition, ...] = ()
    resources: Mapping[str, Quantity] = field(default_factory=no_quantities)


class NodePool(KubernetesObject):
    spec: NodePoolSpec = NodePoolSpec()
    status: NodePoolStatus = NodePoolStatus()


class NodeClaimResources(View):
    requests: Mapping[str, Quantity] = field(default_factory=no_quantities)


class NodeClaimSpec(View):
    node_class_ref: NodeClassRef = NodeClassRef()
    requirements: tuple[Requirement, ...] = ()
    resources: NodeClaimResources = NodeClaimResources()
    taints: tuple[Taint, ...] = ()
    startup_taints: tuple[Taint, ...] = ()


class NodeClaimStatus(View):
    node_name: str = ""
    provider_id: str = field(default="", name="providerID")
    image_id: str = field(default="", name="imageID")
    capacity: Mapping[str, Quantity] = field(default_factory=no_quantities)
    allocatable: Mapping[str, Quantity] = field(default_factory=no_quantities)
    conditions: tuple[Condition, ...] = ()


class NodeClaim(KubernetesObject):
    spec: NodeClaimSpec = NodeClaimSpec()
    status: NodeClaimStatus = NodeClaimStatus()


class SelectorTerm(View):
    """A term of a subnet, security-group, AMI or capacity-reservation selector."""

    id: str = ""
    name: str = ""
    alias: str = ""
    owner: str = ""
    owner_id: str = field(default="", name="ownerID")
    tags: Mapping[str, str] = field(default_factory=no_labels)


class PlacementGroupSelector(View):
    id: str = ""
    name: str = ""


class NodeClassNetworkInterface(View):
    network_card_index: int = 0
    device_index: int = 0
    interface_type: str = "interface"


class EC2NodeClassSpec(View):
    role: str = ""
    instance_profile: str = ""
    user_data: str = ""
    ami_family: str = ""
    ami_selector_terms: tuple[SelectorTerm, ...] = ()
    subnet_selector_terms: tuple[SelectorTerm, ...] = ()
    security_group_selector_terms: tuple[SelectorTerm, ...] = ()
    capacity_reservation_selector_terms: tuple[SelectorTerm, ...] = ()
    placement_group_selector: PlacementGroupSelector | None = None
    network_interfaces: tuple[NodeClassNetworkInterface, ...] | None = None
    associate_public_ip_address: bool | None = field(default=None, name="associatePublicIPAddress")
    block_device_mappings: Json = None
    instance_store_policy: str = ""
    kubelet: Json = None


class NodeClassSubnet(View):
    id: str = ""
    zone: str = ""
    zone_id: str = field(default="", name="zoneID")


class NodeClassSecurityGroup(View):
    id: str = ""
    name: str = ""


class NodeClassAmi(View):
    id: str = ""
    name: str = ""
    requirements: tuple[Requirement, ...] = ()


class NodeClassCapacityReservation(View):
    id: str = ""
    instance_type: str = ""
    availability_zone: str = ""
    state: str = ""
    reservation_type: str = ""
    interruptible: bool = False
    owner_id: str = field(default="", name="ownerID")


class EC2NodeClassStatus(View):
    conditions: tuple[Condition, ...] = ()
    subnets: tuple[NodeClassSubnet, ...] = ()
    security_groups: tuple[NodeClassSecurityGroup, ...] = ()
    amis: tuple[NodeClassAmi, ...] = ()
    capacity_reservations: tuple[NodeClassCapacityReservation, ...] = ()
    instance_profile: str = ""


class EC2NodeClass(KubernetesObject):
    spec: EC2NodeClassSpec = EC2NodeClassSpec()
    status: EC2NodeClassStatus = EC2NodeClassStatus()


class CustomResourceDefinition(KubernetesObject):
    """Read for one thing: which fields the installed EC2NodeClass has."""

    spec: Json = None

"""Nodes: their taints, what they have and what they let pods have."""

from collections.abc import Mapping

from msgspec import field

from efadoctor.model.kubernetes.constraints import Taint
from efadoctor.model.kubernetes.meta import Condition, KubernetesObject
from efadoctor.model.structs import Quantity, View, no_quantities


class NodeSpec(View):
    provider_id: str = field(default="", name="providerID")
    taints: tuple[Taint, ...] = ()
    unschedulable: bool = False


class NodeSystemInfo(View):
    kubelet_version: str = ""
    os_image: str = ""
    architecture: str = ""
    operating_system: str = ""


class NodeStatus(View):
    capacity: Mapping[str, Quantity] = field(default_factory=no_quantities)
    allocatable: Mapping[str, Quantity] = field(default_factory=no_quantities)
    conditions: tuple[Condition, ...] = ()
    node_info: NodeSystemInfo = NodeSystemInfo()
    declared_features: tuple[str, ...] = ()


class Node(KubernetesObject):
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()

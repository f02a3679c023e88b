"""Pods, and the templates that workloads make them from."""

from collections.abc import Mapping

from msgspec import field

from efadoctor.model.kubernetes.constraints import Affinity, Toleration, TopologySpreadConstraint
from efadoctor.model.kubernetes.containers import (
    Container,
    ContainerStatus,
    Resources,
    SecurityContext,
)
from efadoctor.model.kubernetes.meta import Condition, KubernetesObject, ObjectMeta
from efadoctor.model.kubernetes.volumes import Volume
from efadoctor.model.structs import Quantity, View, no_labels, no_quantities


class SchedulingGate(View):
    name: str = ""


class PodResourceClaim(View):
    name: str = ""
    resource_claim_name: str | None = None
    resource_claim_template_name: str | None = None


class PodSpec(View):
    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    node_name: str = ""
    node_selector: Mapping[str, str] = field(default_factory=no_labels)
    affinity: Affinity | None = None
    tolerations: tuple[Toleration, ...] = ()
    topology_spread_constraints: tuple[TopologySpreadConstraint, ...] = ()
    scheduler_name: str = "default-scheduler"
    scheduling_gates: tuple[SchedulingGate, ...] = ()
    overhead: Mapping[str, Quantity] = field(default_factory=no_quantities)
    resources: Resources | None = None
    volumes: tuple[Volume, ...] = ()
    resource_claims: tuple[PodResourceClaim, ...] = ()
    host_network: bool = False
    host_users: bool | None = None
    priority: int | None = None
    priority_class_name: str = ""
    preemption_policy: str = ""
    runtime_class_name: str | None = None
    restart_policy: str = "Always"
    service_account_name: str = ""
    security_context: SecurityContext | None = None


class PodResourceClaimStatus(View):
    name: str = ""
    resource_claim_name: str | None = None


class PodStatus(View):
    phase: str = ""
    reason: str = ""
    message: str = ""
    conditions: tuple[Condition, ...] = ()
    container_statuses: tuple[ContainerStatus, ...] = ()
    init_container_statuses: tuple[ContainerStatus, ...] = ()
    nominated_node_name: str = ""
    resource_claim_statuses: tuple[PodResourceClaimStatus, ...] = ()
    resize: str = ""
    resources: Resources | None = None
    allocated_resources: Mapping[str, Quantity] = field(default_factory=no_quantities)
    start_time: str | None = None


class Pod(KubernetesObject):
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


class PodTemplate(View):
    """The template that a workload makes its pods from."""

    metadata: ObjectMeta = ObjectMeta()
    spec: PodSpec = PodSpec()

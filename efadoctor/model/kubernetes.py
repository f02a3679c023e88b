"""Typed views of the core Kubernetes objects: only the fields that efadoctor reads.

Field names follow the API reference (https://kubernetes.io/docs/reference/kubernetes-api/);
lists are kept whole, so that an index in a field path means the same here and on the server.
"""

from collections.abc import Mapping

from msgspec import field

from efadoctor.model.structs import Json, Quantity, View, no_labels, no_quantities


class OwnerReference(View):
    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False


class ObjectMeta(View):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    generate_name: str = ""
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: Mapping[str, str] = field(default_factory=no_labels)
    annotations: Mapping[str, str] = field(default_factory=no_labels)
    owner_references: tuple[OwnerReference, ...] = ()


class KubernetesObject(View):
    """What every API object has."""

    api_version: str = ""
    kind: str = ""
    metadata: ObjectMeta = ObjectMeta()


class Condition(View):
    type: str = ""
    status: str = "Unknown"
    reason: str = ""
    message: str = ""
    last_transition_time: str | None = None


class Taint(View):
    key: str = ""
    value: str = ""
    effect: str = ""
    time_added: str | None = None


class Toleration(View):
    key: str = ""
    operator: str = ""
    value: str = ""
    effect: str = ""
    toleration_seconds: int | None = None


# ---- selectors and affinity -------------------------------------------------


class SelectorRequirement(View):
    """One requirement of a node selector term or of a label selector."""

    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()


class LabelSelector(View):
    match_labels: Mapping[str, str] = field(default_factory=no_labels)
    match_expressions: tuple[SelectorRequirement, ...] = ()


class NodeSelectorTerm(View):
    match_expressions: tuple[SelectorRequirement, ...] = ()
    match_fields: tuple[SelectorRequirement, ...] = ()


class NodeSelector(View):
    node_selector_terms: tuple[NodeSelectorTerm, ...] = ()


class PreferredSchedulingTerm(View):
    weight: int = 0
    preference: NodeSelectorTerm = NodeSelectorTerm()


class NodeAffinity(View):
    required: NodeSelector | None = field(
        default=None, name="requiredDuringSchedulingIgnoredDuringExecution"
    )
    preferred: tuple[PreferredSchedulingTerm, ...] = field(
        default=(), name="preferredDuringSchedulingIgnoredDuringExecution"
    )


class PodAffinityTerm(View):
    label_selector: LabelSelector | None = None
    namespaces: tuple[str, ...] = ()
    namespace_selector: LabelSelector | None = None
    topology_key: str = ""
    match_label_keys: tuple[str, ...] = ()
    mismatch_label_keys: tuple[str, ...] = ()


class WeightedPodAffinityTerm(View):
    weight: int = 0
    pod_affinity_term: PodAffinityTerm = PodAffinityTerm()


class PodAffinity(View):
    """Pod affinity or anti-affinity: both have these two lists."""

    required: tuple[PodAffinityTerm, ...] = field(
        default=(), name="requiredDuringSchedulingIgnoredDuringExecution"
    )
    preferred: tuple[WeightedPodAffinityTerm, ...] = field(
        default=(), name="preferredDuringSchedulingIgnoredDuringExecution"
    )


class Affinity(View):
    node_affinity: NodeAffinity | None = None
    pod_affinity: PodAffinity | None = None
    pod_anti_affinity: PodAffinity | None = None


class TopologySpreadConstraint(View):
    max_skew: int = 1
    topology_key: str = ""
    when_unsatisfiable: str = "DoNotSchedule"
    label_selector: LabelSelector | None = None
    min_domains: int | None = None
    node_affinity_policy: str = "Honor"
    node_taints_policy: str = "Ignore"
    match_label_keys: tuple[str, ...] = ()


# ---- pods -------------------------------------------------------------------


class ResourceClaimUse(View):
    """A container's use of one of its pod's resource claims."""

    name: str = ""
    request: str = ""


class Resources(View):
    limits: Mapping[str, Quantity] = field(default_factory=no_quantities)
    requests: Mapping[str, Quantity] = field(default_factory=no_quantities)
    claims: tuple[ResourceClaimUse, ...] = ()


class ContainerPort(View):
    container_port: int = 0
    host_port: int = 0
    host_ip: str = field(default="", name="hostIP")
    protocol: str = "TCP"


class Capabilities(View):
    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


class SecurityContext(View):
    """A container's or a pod's security context: only what EFA needs to know."""

    capabilities: Capabilities | None = None
    privileged: bool = False
    run_as_user: int | None = None
    run_as_non_root: bool | None = None
    allow_privilege_escalation: bool | None = None


class EnvVar(View):
    name: str = ""
    value: str = ""


class VolumeMount(View):
    name: str = ""
    mount_path: str = ""


class ContainerRestartRule(View):
    action: str = ""


class Container(View):
    name: str = ""
    image: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    resources: Resources = Resources()
    ports: tuple[ContainerPort, ...] = ()
    restart_policy: str = ""
    restart_policy_rules: tuple[ContainerRestartRule, ...] = ()
    security_context: SecurityContext | None = None
    env: tuple[EnvVar, ...] = ()
    volume_mounts: tuple[VolumeMount, ...] = ()


class SchedulingGate(View):
    name: str = ""


class PersistentVolumeClaimSource(View):
    claim_name: str = ""
    read_only: bool = False


class EphemeralVolumeSource(View):
    """A claim that is made for the pod; its name is ``<pod>-<volume>``."""

    volume_claim_template: Json = None


class HostPathSource(View):
    path: str = ""
    type: str = ""


class EmptyDirSource(View):
    medium: str = ""
    size_limit: Quantity | None = None


class AwsElasticBlockStoreSource(View):
    volume_id: str = field(default="", name="volumeID")
    read_only: bool = False


class CsiSource(View):
    driver: str = ""
    volume_handle: str = ""
    read_only: bool = False


class Volume(View):
    name: str = ""
    persistent_volume_claim: PersistentVolumeClaimSource | None = None
    ephemeral: EphemeralVolumeSource | None = None
    host_path: HostPathSource | None = None
    empty_dir: EmptyDirSource | None = None
    aws_elastic_block_store: AwsElasticBlockStoreSource | None = None
    csi: CsiSource | None = None


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


class ContainerStateWaiting(View):
    reason: str = ""
    message: str = ""


class ContainerStateTerminated(View):
    reason: str = ""
    message: str = ""
    exit_code: int = 0
    finished_at: str | None = None


class ContainerStateRunning(View):
    started_at: str | None = None


class ContainerState(View):
    waiting: ContainerStateWaiting | None = None
    running: ContainerStateRunning | None = None
    terminated: ContainerStateTerminated | None = None


class ContainerStatus(View):
    name: str = ""
    ready: bool = False
    restart_count: int = 0
    state: ContainerState = ContainerState()
    last_state: ContainerState = ContainerState()
    allocated_resources: Mapping[str, Quantity] = field(default_factory=no_quantities)
    resources: Resources | None = None


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


# ---- nodes ------------------------------------------------------------------


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


# ---- controllers ------------------------------------------------------------


class RollingUpdate(View):
    max_unavailable: int | str | None = None


class DaemonSetSpec(View):
    selector: LabelSelector = LabelSelector()
    template: PodTemplate = PodTemplate()


class DaemonSetStatus(View):
    desired_number_scheduled: int = 0
    current_number_scheduled: int = 0
    number_misscheduled: int = 0
    number_ready: int = 0
    number_available: int = 0
    updated_number_scheduled: int = 0
    observed_generation: int = 0


class DaemonSet(KubernetesObject):
    spec: DaemonSetSpec = DaemonSetSpec()
    status: DaemonSetStatus = DaemonSetStatus()


class Workload(KubernetesObject):
    """Anything that owns pods: Job, StatefulSet, Deployment, ReplicaSet, JobSet, MPIJob and so on.

    Their shapes differ, so ``spec`` is kept as written; ``model.workloads`` knows
    where each kind keeps its pod templates.
    """

    spec: Json = None
    status: Json = None


# ---- the rest of the core API -----------------------------------------------


class ObjectReference(View):
    api_version: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""


class EventSource(View):
    component: str = ""


class EventSeries(View):
    count: int = 0
    last_observed_time: str | None = None


class Event(KubernetesObject):
    involved_object: ObjectReference = ObjectReference()
    reason: str = ""
    message: str = ""
    type: str = ""
    count: int | None = None
    source: EventSource = EventSource()
    reporting_component: str = ""
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    series: EventSeries | None = None


class Namespace(KubernetesObject):
    """A namespace; its labels carry the Pod Security admission level."""


class ConfigMap(KubernetesObject):
    """Only ``kube-system/aws-auth`` is ever read."""

    data: Mapping[str, str] = field(default_factory=no_labels)


class ResourceQuotaSpec(View):
    hard: Mapping[str, Quantity] = field(default_factory=no_quantities)
    scopes: tuple[str, ...] = ()
    scope_selector: Json = None


class ResourceQuotaStatus(View):
    hard: Mapping[str, Quantity] = field(default_factory=no_quantities)
    used: Mapping[str, Quantity] = field(default_factory=no_quantities)


class ResourceQuota(KubernetesObject):
    spec: ResourceQuotaSpec = ResourceQuotaSpec()
    status: ResourceQuotaStatus = ResourceQuotaStatus()


class PriorityClass(KubernetesObject):
    value: int = 0
    preemption_policy: str = ""
    global_default: bool = False


# ---- storage ----------------------------------------------------------------


class PersistentVolumeClaimSpec(View):
    access_modes: tuple[str, ...] = ()
    storage_class_name: str | None = None
    volume_name: str = ""
    volume_mode: str = ""
    volume_attributes_class_name: str | None = None
    resources: Resources = Resources()
    selector: LabelSelector | None = None


class PersistentVolumeClaimStatus(View):
    phase: str = ""
    conditions: tuple[Condition, ...] = ()


class PersistentVolumeClaim(KubernetesObject):
    spec: PersistentVolumeClaimSpec = PersistentVolumeClaimSpec()
    status: PersistentVolumeClaimStatus = PersistentVolumeClaimStatus()


class VolumeNodeAffinity(View):
    required: NodeSelector | None = None


class ClaimReference(View):
    namespace: str = ""
    name: str = ""
    uid: str = ""


class PersistentVolumeSpec(View):
    capacity: Mapping[str, Quantity] = field(default_factory=no_quantities)
    access_modes: tuple[str, ...] = ()
    storage_class_name: str = ""
    volume_mode: str = ""
    volume_attributes_class_name: str | None = None
    node_affinity: VolumeNodeAffinity | None = None
    claim_ref: ClaimReference | None = None
    local: Json = None
    host_path: HostPathSource | None = None
    csi: CsiSource | None = None
    aws_elastic_block_store: AwsElasticBlockStoreSource | None = None


class PersistentVolumeStatus(View):
    phase: str = ""


class PersistentVolume(KubernetesObject):
    spec: PersistentVolumeSpec = PersistentVolumeSpec()
    status: PersistentVolumeStatus = PersistentVolumeStatus()


class TopologySelectorLabelRequirement(View):
    key: str = ""
    values: tuple[str, ...] = ()


class TopologySelectorTerm(View):
    match_label_expressions: tuple[TopologySelectorLabelRequirement, ...] = ()


class StorageClass(KubernetesObject):
    provisioner: str = ""
    volume_binding_mode: str = "Immediate"
    allowed_topologies: tuple[TopologySelectorTerm, ...] = ()


class CSIDriverAllocatable(View):
    count: int | None = None


class CSINodeDriver(View):
    name: str = ""
    node_id: str = field(default="", name="nodeID")
    topology_keys: tuple[str, ...] = ()
    allocatable: CSIDriverAllocatable | None = None


class CSINodeSpec(View):
    drivers: tuple[CSINodeDriver, ...] = ()


class CSINode(KubernetesObject):
    spec: CSINodeSpec = CSINodeSpec()


class CSIDriverSpec(View):
    storage_capacity: bool = False


class CSIDriver(KubernetesObject):
    spec: CSIDriverSpec = CSIDriverSpec()


class CSIStorageCapacity(KubernetesObject):
    storage_class_name: str = ""
    node_topology: LabelSelector | None = None
    capacity: Quantity | None = None
    maximum_volume_size: Quantity | None = None


class VolumeAttachmentSource(View):
    persistent_volume_name: str | None = None


class VolumeAttachmentSpec(View):
    attacher: str = ""
    node_name: str = ""
    source: VolumeAttachmentSource = VolumeAttachmentSource()


class VolumeAttachment(KubernetesObject):
    spec: VolumeAttachmentSpec = VolumeAttachmentSpec()


# ---- dynamic resource allocation --------------------------------------------


class DeviceClass(KubernetesObject):
    spec: Json = None


class ResourceClaim(KubernetesObject):
    spec: Json = None
    status: Json = None


class ResourceClaimTemplate(KubernetesObject):
    spec: Json = None


class ResourceSlice(KubernetesObject):
    spec: Json = None

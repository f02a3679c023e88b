"""Persistent storage: claims, volumes, classes, and what CSI drivers say of nodes."""

from collections.abc import Mapping

from msgspec import field

from efadoctor.model.kubernetes.containers import Resources
from efadoctor.model.kubernetes.meta import Condition, KubernetesObject
from efadoctor.model.kubernetes.selectors import LabelSelector, NodeSelector
from efadoctor.model.kubernetes.volumes import AwsElasticBlockStoreSource, CsiSource, HostPathSource
from efadoctor.model.structs import Json, Quantity, View, no_quantities


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

"""A pod's volumes, by the sources that bind it to a place or a device."""

from msgspec import field

from efadoctor.model.structs import Json, Quantity, View


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

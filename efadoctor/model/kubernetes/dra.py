"""Dynamic resource allocation, kept as written: ``scheduling.dra.objects`` decodes it."""

from efadoctor.model.kubernetes.meta import KubernetesObject
from efadoctor.model.structs import Json


class DeviceClass(KubernetesObject):
    spec: Json = None


class ResourceClaim(KubernetesObject):
    spec: Json = None
    status: Json = None


class ResourceClaimTemplate(KubernetesObject):
    spec: Json = None


class ResourceSlice(KubernetesObject):
    spec: Json = None

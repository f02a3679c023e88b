"""Namespaces, quotas, priority classes: what a cluster decides for the pods in it."""

from collections.abc import Mapping

from msgspec import field

from efadoctor.model.kubernetes.meta import KubernetesObject
from efadoctor.model.structs import Json, Quantity, View, no_labels, no_quantities


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

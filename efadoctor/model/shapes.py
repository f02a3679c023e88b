"""Which kind an object without ``kind`` is of.

The API server leaves ``kind`` and ``apiVersion`` out of the items of a list. Where such an
item is handed over alone, its shape tells: a field that only one kind has, or all the
fields that one kind requires.
"""

from collections.abc import Mapping
from typing import Any

_BY_FIELD = {
    "provisioner": "cluster/storageclasses.storage.k8s.io",
    "nodeTopology": "cluster/csistoragecapacities.storage.k8s.io",
    "globalDefault": "cluster/priorityclasses.scheduling.k8s.io",
    "involvedObject": "cluster/events",
}
"""A top-level field that only this source's objects have."""

_BY_SPEC = (
    ("containers", "cluster/pods"),
    ("podCIDR", "cluster/nodes"),
    ("providerID", "cluster/nodes"),
    ("claimRef", "cluster/persistentvolumes"),
    ("persistentVolumeReclaimPolicy", "cluster/persistentvolumes"),
    ("accessModes", "cluster/persistentvolumeclaims"),
    ("drivers", "cluster/csinodes.storage.k8s.io"),
    ("attacher", "cluster/volumeattachments.storage.k8s.io"),
    ("attachRequired", "cluster/csidrivers.storage.k8s.io"),
    ("pool", "cluster/resourceslices.resource.k8s.io"),
    ("devices", "cluster/resourceclaims.resource.k8s.io"),
    ("selectors", "cluster/deviceclasses.resource.k8s.io"),
    ("extendedResourceName", "cluster/deviceclasses.resource.k8s.io"),
)
"""Fields of ``spec``, in the order in which they decide."""

_NAMESPACE_PHASES = ("Active", "Terminating")


def source_by_shape(item: Mapping[str, Any]) -> str | None:
    """The name of the source that lists such objects; None where the shape does not tell."""
    for field, source in _BY_FIELD.items():
        if field in item:
            return source
    spec, status = item.get("spec"), item.get("status")
    if isinstance(spec, Mapping):
        for field, source in _BY_SPEC:
            if field in spec:
                return source
    if isinstance(status, Mapping):
        if status.get("phase") in _NAMESPACE_PHASES:
            return "cluster/namespaces"
        if "allocatable" in status:
            return "cluster/nodes"
    return None

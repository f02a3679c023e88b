"""Which source lists an object: by its kind, else by its shape.

The API server leaves ``kind`` and ``apiVersion`` out of the items of a list. Where such an
item is handed over alone, its shape tells: a field that only one kind has, or all the
fields that one kind requires.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from efadoctor.model.coverage import Gap
from efadoctor.model.facts import KUBERNETES_SOURCES, kubernetes_source

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


def by_source(
    objects: Iterable[Mapping[str, Any]],
) -> tuple[dict[str, list[Any]], tuple[Gap, ...]]:
    """Objects given as plain JSON under the source of each; a gap for each of no known kind.

    Every Kubernetes source is there, without objects where none is given.
    """
    groups: dict[str, list[Any]] = {s.name: [] for s in KUBERNETES_SOURCES}
    known: dict[Any, list[Any]] = {}
    gaps: list[Gap] = []
    for number, item in enumerate(objects):
        try:
            known[item["kind"], item["apiVersion"]].append(item)
        except (KeyError, TypeError):  # the first of its kind, or not the shape of an object
            source = source_by_object(item)
            if source is None:
                place = f"[{number}]"
                gaps.append(Gap(source="objects", reason="not of a known kind", place=place))
                continue
            groups[source].append(item)
            if "kind" in item:
                known[item["kind"], item["apiVersion"]] = groups[source]
    return groups, tuple(gaps)


def source_by_object(item: Any) -> str | None:
    """The name of the source that lists an object given as plain JSON; None for no known one."""
    if not isinstance(item, Mapping):
        return None
    kind, api_version = item.get("kind"), item.get("apiVersion")
    if kind is None and api_version is None:
        return source_by_shape(item)
    if not (isinstance(kind, str) and isinstance(api_version, str)):
        return None
    source = kubernetes_source(api_version.rpartition("/")[0], kind)
    return source.name if source else None


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

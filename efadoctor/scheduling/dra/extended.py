"""Extended resources that a DeviceClass stands behind.

Where no device plugin offers such a resource on a node, the scheduler allocates devices of
the class instead: feature DRAExtendedResource, on by default from 1.36.
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/features/kube_features.go
"""

from collections.abc import Mapping

from efadoctor.model.kubernetes import DeviceClass
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.version import ServerVersion
from efadoctor.scheduling.dra.objects import class_spec

FIRST = ServerVersion(1, 36)
IMPLICIT = "deviceclass.resource.kubernetes.io/"
"""With this before its name, every class is an extended resource."""


def classes_by_resource(snapshot: Snapshot) -> Mapping[str, str]:
    """The name of the class behind each extended resource."""
    return snapshot.once(_classes_by_resource)


def _classes_by_resource(snapshot: Snapshot) -> dict[str, str]:
    if snapshot.server_version and snapshot.server_version < FIRST:
        return {}
    found: dict[str, str] = {}
    # Of classes that stand behind one resource the newest counts, then the first by name.
    classes = sorted(snapshot.all(DeviceClass), key=lambda c: c.metadata.name, reverse=True)
    for device_class in sorted(classes, key=lambda c: c.metadata.creation_timestamp or ""):
        name = device_class.metadata.name
        found[IMPLICIT + name] = name
        resource = class_spec(device_class).extended_resource_name
        if resource:
            found[resource] = name
    return found

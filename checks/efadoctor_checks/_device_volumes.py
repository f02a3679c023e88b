"""Volumes that put the host's devices into a pod, and the fix that takes one out."""

from __future__ import annotations

from efadoctor.authoring import Case, Fix, Removing, change_pod
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.kubernetes import Volume


def exposes(volume: Volume) -> bool:
    """Whether a volume is the host's RDMA devices, or all of its devices."""
    path = volume.host_path.path.rstrip("/") if volume.host_path is not None else ""
    return path == "/dev" or f"{path}/".startswith("/dev/infiniband/")


def without(case: Case, index: int) -> tuple[Fix, ...]:
    """The volume at an index of the pod's taken out, and its mounts with it."""
    volume = case.pod.spec.volumes[index]
    mounts = [
        Removing(FieldPath.of(name, c, "volumeMounts", m))
        for name, containers in (
            ("containers", case.pod.spec.containers),
            ("initContainers", case.pod.spec.init_containers),
        )
        for c, container in enumerate(containers)
        for m, mount in enumerate(container.volume_mounts)
        if mount.name == volume.name
    ]
    at = FieldPath.of("volumes", index)
    edits = (*reversed(mounts), Removing(at))
    return change_pod(case.snapshot, case.pod, edits, title=f"Take volume {volume.name} out")

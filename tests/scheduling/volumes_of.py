"""Claims, volumes and storage classes for tests of the volume filters."""

from collections.abc import Sequence
from typing import Any

from tiny import ZONE, Json, pod, thing

EBS = "ebs.csi.aws.com"
BOUND = {"pv.kubernetes.io/bind-completed": "yes"}


def claim(
    name: str = "data",
    *,
    size: str = "1Gi",
    modes: Sequence[str] = ("ReadWriteOnce",),
    bound: str = "",
    phase: str = "",
    **more: Any,
) -> Json:
    metadata = {"uid": f"uid-{name}", "annotations": more.pop("annotations", {})}
    metadata |= more.pop("metadata", {})
    if bound:
        metadata["annotations"] = BOUND | metadata["annotations"]
    spec = {"accessModes": list(modes), "resources": {"requests": {"storage": size}}}
    spec |= {"volumeName": bound} if bound else {}
    phase = phase or ("Bound" if bound else "Pending")
    return thing(
        "PersistentVolumeClaim",
        name,
        namespace="default",
        metadata=metadata,
        spec=spec | more,
        status={"phase": phase},
    )


def terms(key: str, *values: str) -> Json:
    return {
        "nodeSelectorTerms": [
            {"matchExpressions": [{"key": key, "operator": "In", "values": list(values)}]}
        ]
    }


def volume(
    name: str = "pv",
    *,
    zones: Sequence[str] = (),
    size: str = "1Gi",
    phase: str = "Available",
    handle: str = "vol-1",
    **more: Any,
) -> Json:
    spec = {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"]}
    spec |= {"csi": {"driver": EBS, "volumeHandle": handle}} if handle else {}
    spec |= {"nodeAffinity": {"required": terms(ZONE, *zones)}} if zones else {}
    metadata = more.pop("metadata", {})
    return thing(
        "PersistentVolume", name, metadata=metadata, spec=spec | more, status={"phase": phase}
    )


def storage_class(
    name: str = "gp3", mode: str = "WaitForFirstConsumer", provisioner: str = EBS, **more: Any
) -> Json:
    return thing("StorageClass", name, provisioner=provisioner, volumeBindingMode=mode, **more)


def using(*claims: str, name: str = "p", on: str = "", **more: Any) -> Json:
    volumes = [
        {"name": f"v{i}", "persistentVolumeClaim": {"claimName": c}} for i, c in enumerate(claims)
    ]
    return pod(name, on=on, volumes=volumes, **more)


def with_disk(volume_id: str, name: str = "p", on: str = "", **more: Any) -> Json:
    disk = {"name": "disk", "awsElasticBlockStore": {"volumeID": volume_id}}
    return pod(name, on=on, volumes=[disk], **more)

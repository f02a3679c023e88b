"""Nodes, pods and what they use, as plain JSON of few words, for table tests of single rules."""

from typing import Any

from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.judgement import Prediction
from efadoctor.scheduling.prediction import predict

Json = dict[str, Any]

ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"


def node(name: str = "n", *, zone: str = "a", taints: Any = (), **more: Any) -> Json:
    """A node of 8 cpu, 32Gi and 110 pods; ``labels`` and ``allocatable`` add to what it has."""
    allocatable = {"cpu": "8", "memory": "32Gi", "ephemeral-storage": "100Gi", "pods": "110"}
    labels = {HOST: name, ZONE: zone} | more.pop("labels", {})
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": list(taints), **more.pop("spec", {})},
        "status": {"allocatable": allocatable | more.pop("allocatable", {}), **more},
    }


def pod(name: str = "p", *, on: str = "", namespace: str = "default", **more: Any) -> Json:
    """A pod, bound where ``on`` names a node. ``requests`` and ``ports`` are its container's."""
    container = {
        "name": "main",
        "resources": {"requests": more.pop("requests", {}), "limits": more.pop("limits", {})},
        "ports": more.pop("ports", []),
    }
    metadata = {"name": name, "namespace": namespace, "uid": f"uid-{namespace}-{name}"}
    metadata |= {"labels": more.pop("labels", {})} | more.pop("metadata", {})
    status = more.pop("status", {"phase": "Running" if on else "Pending"})
    spec = {"containers": [container], **({"nodeName": on} if on else {}), **more}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


def thing(kind: str, name: str, *, namespace: str = "", **more: Any) -> Json:
    """Any other object, by kind."""
    versions = {
        "StorageClass": "storage.k8s.io/v1",
        "CSINode": "storage.k8s.io/v1",
        "CSIDriver": "storage.k8s.io/v1",
        "CSIStorageCapacity": "storage.k8s.io/v1",
        "VolumeAttachment": "storage.k8s.io/v1",
        "ResourceClaim": "resource.k8s.io/v1",
        "ResourceSlice": "resource.k8s.io/v1",
        "DeviceClass": "resource.k8s.io/v1",
    }
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    metadata |= more.pop("metadata", {})
    return {"apiVersion": versions.get(kind, "v1"), "kind": kind, "metadata": metadata, **more}


def snapshot(*objects: Json, version: str = "v1.36.2") -> Snapshot:
    return Snapshot.from_objects(objects, server_version=version)


def judged(subject: Json, *objects: Json, version: str = "v1.36.2") -> Prediction:
    """The prediction for ``subject`` in a cluster of these objects."""
    return predict(snapshot(*objects, version=version), subject)


def reason(subject: Json, *objects: Json, version: str = "v1.36.2") -> str:
    """What is said of the only node, "" where it will do."""
    prediction = judged(subject, *objects, version=version)
    return prediction.message.removeprefix("0/1 nodes are available: ").removesuffix(".")

# ruff: noqa: INP001
"""A synthetic cluster whose objects are as large as real ones: nodes, pods, and their Jobs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple

Json = dict[str, Any]

EFA_NODES = 40
KINDS = 20
"""Kinds of pending pods, each with a Job of its own."""

_NOT_READY, _UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"


class Size(NamedTuple):
    """How many there are. ``modest`` pods would fit on any node, so those of all nodes count."""

    nodes: int
    pods: int
    pending: int
    modest: bool


def _noise(number: int, length: int) -> str:
    """Hexadecimal digits that do not pack well, as digests and ids do not."""
    return hashlib.shake_128(str(number).encode()).hexdigest(length // 2)


def _managed_fields(manager: str, count: int) -> list[Json]:
    return [{"manager": manager, "fieldsV1": {f"f:field-{n}": {"f:x": {}} for n in range(count)}}]


# ---- nodes ------------------------------------------------------------------


def _node_name(number: int) -> str:
    return f"ip-10-{number >> 8 & 255}-{number & 255}-1.us-west-2.compute.internal"


def node(number: int) -> Json:
    """A node of about 20 kB: labels, conditions, and what makes it large, its images."""
    efa = number < EFA_NODES
    taint = {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}
    return {
        "metadata": _node_metadata(number, efa=efa),
        "spec": {
            "providerID": f"aws:///us-west-2a/i-{number:017x}",
            "taints": [taint] if efa else [],
        },
        "status": _node_status(number, efa=efa),
    }


def _node_metadata(number: int, *, efa: bool) -> Json:
    name = _node_name(number)
    return {
        "name": name,
        "uid": _noise(number, 36),
        "resourceVersion": str(100000 + number),
        "creationTimestamp": "2026-11-01T00:00:00Z",
        "labels": {
            "node.kubernetes.io/instance-type": "p5.48xlarge" if efa else "m5.2xlarge",
            "topology.kubernetes.io/zone": f"us-west-2{'abc'[number % 3]}",
            "topology.kubernetes.io/region": "us-west-2",
            "kubernetes.io/hostname": name,
            "kubernetes.io/arch": "amd64",
            "kubernetes.io/os": "linux",
            "karpenter.sh/nodepool": "efa" if efa else "web",
            **{f"label-{n}.example.com/key": f"value-{number}-{n}" for n in range(10)},
        },
        "annotations": {"csi.volume.kubernetes.io/nodeid": "x" * 100, "note": "y" * 400},
        "managedFields": _managed_fields("kubelet", 120),
    }


def _node_status(number: int, *, efa: bool) -> Json:
    amounts = {"cpu": "8", "memory": "32Gi", "pods": "58", "ephemeral-storage": "100Gi"}
    if efa:
        amounts |= {"cpu": "192", "memory": "2048Gi"}
        amounts |= {"nvidia.com/gpu": "8", "vpc.amazonaws.com/efa": "32"}
    conditions = [
        {
            "type": t,
            "status": "True" if t == "Ready" else "False",
            "reason": "KubeletHas" + t,
            "message": f"kubelet says {t} " * 3,
            "lastHeartbeatTime": "2026-11-20T09:00:00Z",
            "lastTransitionTime": "2026-11-01T00:01:00Z",
        }
        for t in ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")
    ]
    return {
        "capacity": amounts,
        "allocatable": amounts,
        "conditions": conditions,
        "images": [_image(number, n) for n in range(75)],
        "nodeInfo": {
            "kubeletVersion": "v1.36.2-eks-1",
            "architecture": "amd64",
            "operatingSystem": "linux",
        },
    }


def _image(number: int, n: int) -> Json:
    repository = f"registry.example.com/team-{n}/image"
    digest = _noise(n * 31 + number % 50, 64)
    return {
        "names": [f"{repository}@sha256:{digest}", f"{repository}:v1.{n}.{number % 97}"],
        "sizeBytes": 123456789 + n,
    }


# ---- pods -------------------------------------------------------------------


def pods(size: Size) -> Iterable[Json]:
    """Pods of about 6 kB; the first ``pending`` of them wait, of KINDS kinds."""
    for number in range(size.pods):
        if number < size.pending:
            yield _pending_pod(number, modest=size.modest)
        else:
            yield _running_pod(number, size.nodes)


def _pending_pod(number: int, *, modest: bool) -> Json:
    kind = number % KINDS
    owner = f"train-{kind}"
    return {
        "metadata": {
            **_pod_metadata(number, f"{owner}-{number // KINDS}", "training", owner),
            "ownerReferences": [_reference("batch/v1", "Job", owner, kind)],
        },
        "spec": _pod_spec(number, owner, _wanted(kind, modest=modest)),
        "status": _pod_status("Pending"),
    }


def _wanted(kind: int, *, modest: bool) -> Json:
    if modest:
        return {"cpu": str(1 + kind % 4)}
    return {"cpu": "16", "nvidia.com/gpu": "8", "vpc.amazonaws.com/efa": str(4 + kind % 8)}


def _running_pod(number: int, nodes: int) -> Json:
    """A web pod; they stay on the nodes that they can have."""
    on = EFA_NODES + number % (nodes - EFA_NODES)
    owner = f"web-{number % 700}"
    image = f"registry.example.com/{owner}"
    container = {
        "name": "main",
        "ready": True,
        "restartCount": 0,
        "image": f"{image}:v1",
        "imageID": f"{image}@sha256:{_noise(number % 700, 64)}",
        "containerID": f"containerd://{_noise(number + 7, 64)}",
        "state": {"running": {"startedAt": "2026-11-20T08:00:10Z"}},
    }
    name, namespace = f"{owner}-{number:06x}", f"team-{number % 50}"
    spec = _pod_spec(number, owner, {"cpu": "250m", "memory": "512Mi"})
    return {
        "metadata": {
            **_pod_metadata(number, name, namespace, owner),
            "ownerReferences": [_reference("apps/v1", "ReplicaSet", owner, 1000 + number % 700)],
        },
        "spec": {**spec, "nodeName": _node_name(on)},
        "status": {**_pod_status("Running"), "containerStatuses": [container]},
    }


def _pod_metadata(number: int, name: str, namespace: str, owner: str) -> Json:
    return {
        "name": name,
        "namespace": namespace,
        "uid": _noise(-number, 36),
        "resourceVersion": str(200000 + number),
        "creationTimestamp": "2026-11-20T08:00:00Z",
        "labels": {"app": owner, "pod-template-hash": f"{number % 700:08x}"},
        "annotations": {"prometheus.io/scrape": "true", "checksum/config": "z" * 64},
        "managedFields": _managed_fields("controller", 45),
    }


def _reference(api_version: str, kind: str, name: str, number: int) -> Json:
    uid = _owner_uid(number)
    return {"apiVersion": api_version, "kind": kind, "name": name, "uid": uid, "controller": True}


def _pod_spec(number: int, owner: str, resources: Json) -> Json:
    variables = [
        {"name": f"VARIABLE_{n}", "value": f"value-{n}-{_noise(number % 700 + n, 16)}"}
        for n in range(20)
    ]
    container = {
        "name": "main",
        "image": f"registry.example.com/{owner}:v1",
        "command": ["/bin/serve", "--flag"],
        "env": variables,
        "resources": {"requests": resources, "limits": resources},
        "volumeMounts": [{"name": "token", "mountPath": "/var/run/secrets/x", "readOnly": True}],
        "livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080}},
    }
    token = {"sources": [{"serviceAccountToken": {"path": "t"}}]}
    return {
        "containers": [container],
        "volumes": [{"name": "token", "projected": token}],
        "tolerations": [
            {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            for key in (_NOT_READY, _UNREACHABLE)
        ],
        "serviceAccountName": "default",
        "schedulerName": "default-scheduler",
        "priority": 0,
    }


def _pod_status(phase: str) -> Json:
    return {
        "phase": phase,
        "conditions": [
            {"type": t, "status": "True", "lastTransitionTime": "2026-11-20T08:00:01Z"}
            for t in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
        ],
    }


# ---- their owners -----------------------------------------------------------


def _owner_uid(number: int) -> str:
    return f"20000000-0000-0000-0000-{number:012d}"


def job(kind: int, *, modest: bool) -> Json:
    """The Job of the pending pods of a kind."""
    name = f"train-{kind}"
    return {
        "metadata": {"name": name, "namespace": "training", "uid": _owner_uid(kind)},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {"spec": _pending_pod(kind, modest=modest)["spec"]},
        },
        "status": {},
    }

"""Pods and DaemonSets: both device plugins, and the training pod that waits."""

from __future__ import annotations

import copy

from clusters.metadata import condition, meta
from clusters.names import EFA_PLUGIN, EFA_TAINT, GPU_PLUGIN, GPU_TAINT, LONG_AGO, REGION, Json

_WITH_EFA = ["c5n.18xlarge", "g5.8xlarge", "p4d.24xlarge", "p5.48xlarge", "p5e.48xlarge"]


def daemonset(namespace: str, name: str, image: str, spec: Json) -> Json:
    labels = {"name": name}
    container = {"name": name, "image": image, "resources": {}} | spec.pop("container", {})
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": meta(name, namespace, labels=dict(labels)),
        "spec": {
            "selector": {"matchLabels": dict(labels)},
            "template": {
                "metadata": {"labels": dict(labels)},
                "spec": {"containers": [container], **spec},
            },
        },
        "status": {"desiredNumberScheduled": 1, "numberReady": 1},
    }


def daemon_pod(owner: Json, on: str) -> Json:
    """The running pod that a DaemonSet has on a node."""
    meta_ = owner["metadata"]
    template = copy.deepcopy(owner["spec"]["template"])
    reference = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "name": meta_["name"],
        "uid": meta_["uid"],
        "controller": True,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta(
            f"{meta_['name']}-{on[:12]}",
            meta_["namespace"],
            labels=template["metadata"]["labels"],
            ownerReferences=[reference],
        ),
        "spec": {**template["spec"], "nodeName": on},
        "status": {
            "phase": "Running",
            "conditions": [condition("Ready")],
            "containerStatuses": [
                {
                    "name": template["spec"]["containers"][0]["name"],
                    "ready": True,
                    "restartCount": 0,
                    "state": {"running": {"startedAt": LONG_AGO}},
                }
            ],
        },
    }


def training_pod(name: str = "trainer", namespace: str = "ml", efa: int = 4, gpu: int = 8) -> Json:
    amounts = {"vpc.amazonaws.com/efa": str(efa), "nvidia.com/gpu": str(gpu)}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta(name, namespace, creationTimestamp="2026-11-20T09:30:00Z"),
        "spec": {
            "schedulerName": "default-scheduler",
            "containers": [
                {
                    "name": "main",
                    "image": "registry.example/trainer:1",
                    "resources": {"limits": dict(amounts), "requests": dict(amounts)},
                    "securityContext": {"capabilities": {"add": ["IPC_LOCK"]}},
                }
            ],
            "tolerations": _tolerations(),
        },
        "status": {"phase": "Pending", "conditions": []},
    }


def _tolerations() -> list[Json]:
    return [
        {"key": taint["key"], "operator": "Exists", "effect": "NoSchedule"}
        for taint in (EFA_TAINT, GPU_TAINT)
    ]


def _on_types(names: list[str]) -> Json:
    key = "node.kubernetes.io/instance-type"
    term = {"matchExpressions": [{"key": key, "operator": "In", "values": list(names)}]}
    return {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}


def efa_plugin() -> Json:
    return daemonset(
        *EFA_PLUGIN,
        f"602401143452.dkr.ecr.{REGION}.amazonaws.com/eks/aws-efa-k8s-device-plugin:v0.5.20",
        {
            "hostNetwork": True,
            "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}, *_tolerations()],
            "affinity": {"nodeAffinity": _on_types(_WITH_EFA)},
            "container": {"securityContext": {"privileged": True, "runAsUser": 0}},
        },
    )


def gpu_plugin() -> Json:
    return daemonset(
        *GPU_PLUGIN,
        "nvcr.io/nvidia/k8s-device-plugin:v0.17.1",
        {"tolerations": _tolerations()},
    )

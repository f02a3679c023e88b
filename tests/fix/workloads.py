"""Owners for the training pod of ``clusters``: who made it, with which template."""

from __future__ import annotations

import copy
from typing import Any

from clusters import Cluster, meta

Json = dict[str, Any]

TOPS = {
    "Job": "batch/v1",
    "StatefulSet": "apps/v1",
    "Deployment": "apps/v1",
    "ReplicaSet": "apps/v1",
    "LeaderWorkerSet": "leaderworkerset.x-k8s.io/v1",
    "JobSet": "jobset.x-k8s.io/v1alpha2",
    "MPIJob": "kubeflow.org/v2beta1",
    "PyTorchJob": "kubeflow.org/v1",
    "RayCluster": "ray.io/v1",
}


def _specs(template: Json) -> dict[str, Json]:
    """Where the kinds that have more than one template keep this one."""
    of_job = {"spec": {"template": template}}
    return {
        "LeaderWorkerSet": {"leaderWorkerTemplate": {"workerTemplate": template}},
        "JobSet": {"replicatedJobs": [{"name": "workers", "template": of_job}]},
        "MPIJob": {"mpiReplicaSpecs": {"Worker": {"template": template}}},
        "PyTorchJob": {"pytorchReplicaSpecs": {"Worker": {"template": template}}},
        "RayCluster": {"workerGroupSpecs": [{"groupName": "gpus", "template": template}]},
    }


def own(cluster: Cluster, kind: str, name: str = "train", **spec: Any) -> Json:
    """Give the training pod an owner of a kind, whose template is the pod's spec."""
    pod = cluster.pod
    body = {k: v for k, v in copy.deepcopy(pod["spec"]).items() if k != "nodeName"}
    template = {"metadata": {"labels": dict(pod["metadata"].get("labels", {}))}, "spec": body}
    where = _specs(template).get(kind, {"template": template})
    owner = {
        "apiVersion": TOPS[kind],
        "kind": kind,
        "metadata": meta(name, pod["metadata"]["namespace"]),
        "spec": {**where, **spec},
    }
    cluster.add(owner)
    controlled_by(pod, owner)
    return owner


def controlled_by(thing: Json, owner: Json) -> None:
    """Make one object the controller of another."""
    thing["metadata"]["ownerReferences"] = [
        {
            "apiVersion": owner["apiVersion"],
            "kind": owner["kind"],
            "name": owner["metadata"]["name"],
            "uid": owner["metadata"]["uid"],
            "controller": True,
        }
    ]


def twin(cluster: Cluster, name: str) -> Json:
    """Another pod like the training pod, of the same owner."""
    other = copy.deepcopy(cluster.pod)
    other["metadata"]["name"] = name
    other["metadata"]["uid"] = f"uid-{name}"
    cluster.add(other)
    return other

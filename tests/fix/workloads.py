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
}


def own(cluster: Cluster, kind: str, name: str = "train", **spec: Any) -> Json:
    """Give the training pod an owner of a kind, whose template is the pod's spec."""
    pod = cluster.pod
    body = {k: v for k, v in copy.deepcopy(pod["spec"]).items() if k != "nodeName"}
    template = {"metadata": {"labels": dict(pod["metadata"].get("labels", {}))}, "spec": body}
    where: Json = {"template": template}
    if kind == "LeaderWorkerSet":
        where = {"leaderWorkerTemplate": {"workerTemplate": template}}
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

"""A cluster after an edit and all that follows from it."""

from typing import Any

from clusters import EFA_NODE, Cluster

from efadoctor.fix.apply import apply_all
from efadoctor.fix.change import Change
from efadoctor.fix.consequences import settle
from efadoctor.model.fix import Edit
from efadoctor.model.kubernetes import DaemonSet, Node, Toleration
from efadoctor.model.reference import ObjectRef
from efadoctor.model.snapshot import Snapshot

EFA, GPU = "vpc.amazonaws.com/efa", "nvidia.com/gpu"
ALL = Toleration(operator="Exists")


def after(snapshot: Snapshot, *edits: Edit) -> Change:
    return settle(apply_all(snapshot, edits), snapshot)


def the_node(snapshot: Snapshot) -> Node:
    found = snapshot.get(Node, EFA_NODE)
    assert found is not None
    return found


def efa_plugin(snapshot: Snapshot) -> DaemonSet:
    found = snapshot.get(DaemonSet, "aws-efa-k8s-device-plugin", "kube-system")
    assert found is not None
    return found


def kept_off() -> Cluster:
    cluster = Cluster()
    cluster.efa_plugin["spec"]["template"]["spec"]["tolerations"] = []
    cluster.drop_plugin_pod(cluster.efa_plugin, EFA)
    return cluster


def ref_of(wire: dict[str, Any]) -> ObjectRef:
    meta = wire["metadata"]
    return ObjectRef(wire["apiVersion"], wire["kind"], meta.get("namespace", ""), meta["name"])

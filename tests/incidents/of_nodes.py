"""Reports of nodes that are there and that something on them keeps from serving."""

from __future__ import annotations

from clusters import EFA_NODE, EFA_TAINT, GPU_PLUGIN, Cluster
from faults.nodes import node_not_ready, pool_at_its_limit, startup_taint_stays
from faults.plugins import discovery, gpu_plugin_missing, gpu_plugin_waits_for_label, spec_of
from incidents.states import GPU, Incident, asks

_GPU = ("DaemonSet", GPU_PLUGIN[1])
_NODE = ("Node", EFA_NODE)


def _worker_tolerates_another_value(cluster: Cluster) -> None:
    """The worker of NVIDIA's chart tolerates the value ``present`` and no other."""
    gpu_plugin_waits_for_label(cluster)
    worker = discovery(cluster, EFA_TAINT["key"])
    present = {"key": GPU, "operator": "Equal", "value": "present", "effect": "NoSchedule"}
    spec_of(worker)["tolerations"].append(present)
    of_node = cluster.node["spec"]["taints"]
    of_pool = cluster.pool["spec"]["template"]["spec"]["taints"]
    for taint in (*of_node, *of_pool, *cluster.claim["spec"]["taints"]):
        if taint["key"] == GPU:
            taint["value"] = "true"


def _taint_of_another_key(cluster: Cluster) -> None:
    """Neither the pod nor the plugin tolerates ``gpu``."""
    pool_at_its_limit(cluster)
    taint = {"key": "gpu", "effect": "NoSchedule"}
    cluster.node["spec"]["taints"].append(taint)
    spec_of(cluster.efa_plugin)["tolerations"].append({"operator": "Exists"})
    cluster.drop_plugin_pod(cluster.gpu_plugin, GPU)


def _uninitialized(cluster: Cluster) -> None:
    pool_at_its_limit(cluster)
    key = "node.cloudprovider.kubernetes.io/uninitialized"
    taint = {"key": key, "value": "true", "effect": "NoSchedule"}
    cluster.node["spec"]["taints"].append(taint)


def _bottlerocket_without_gpus(cluster: Cluster) -> None:
    """The plugin is a service of the operating system, and has failed at boot."""
    gpu_plugin_missing(cluster)
    cluster.node["status"]["nodeInfo"]["osImage"] = "Bottlerocket OS 1.14.0 (aws-k8s-1.24-nvidia)"
    for amounts in ("capacity", "allocatable"):
        cluster.node["status"][amounts][GPU] = "0"
    asks(cluster, gpu=8)


INCIDENTS = (
    Incident(
        source="NVIDIA/k8s-device-plugin#1934",
        title="the worker of feature discovery tolerates another value of the GPU taint",
        state=_worker_tolerates_another_value,
        codes=(("EFA413", "DaemonSet", "nfd-worker"),),
    ),
    Incident(
        source="NVIDIA/k8s-device-plugin#708",
        title="the NVIDIA plugin's chart waits for a label of feature discovery, which is not there",
        state=gpu_plugin_waits_for_label,
        codes=(("EFA413", *_GPU),),
    ),
    Incident(
        source="NVIDIA/k8s-device-plugin#421",
        title="a taint with the key gpu keeps off the pod, and the NVIDIA plugin behind it",
        state=_taint_of_another_key,
        codes=(("EFA104", "Pod", "trainer"), ("EFA412", *_GPU)),
    ),
    Incident(
        source="aws/karpenter-provider-aws#7426",
        title="the cloud provider's taint stays on a node that is ready",
        state=_uninitialized,
        codes=(("EFA302", *_NODE),),
    ),
    Incident(
        source="kubernetes-sigs/karpenter#1479",
        title="a startup taint that waits for a daemon, and that no daemon removes",
        state=startup_taint_stays,
        codes=(("EFA302", *_NODE),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#6803",
        title="the node is not ready, so its NodeClaim does not initialize",
        state=node_not_ready,
        codes=(("EFA303", *_NODE),),
    ),
    Incident(
        source="bottlerocket-os/bottlerocket#3132",
        title="Bottlerocket's own NVIDIA plugin fails at boot, and the node has no GPUs",
        state=_bottlerocket_without_gpus,
        codes=(("EFA414", *_GPU),),
    ),
)

"""What goes wrong with device plugins, and with what they advertise."""

from __future__ import annotations

import copy

from clusters import (
    EFA_NODE,
    EFA_TAINT,
    GPU_TAINT,
    Cluster,
    Json,
    condition,
    daemon_pod,
    daemonset,
    meta,
)
from faults.nodes import crashing, pool_at_its_limit, without_efa

EFA, GPU = "vpc.amazonaws.com/efa", "nvidia.com/gpu"
ALLOW_LIST = "requiredDuringSchedulingIgnoredDuringExecution"


def spec_of(plugin: Json) -> Json:
    found: Json = plugin["spec"]["template"]["spec"]
    return found


def without_gpus(cluster: Cluster) -> None:
    for amounts in ("capacity", "allocatable"):
        cluster.node["status"][amounts].pop(GPU, None)


# ---- EFA401, EFA411 ---------------------------------------------------------


def efa_plugin_missing(cluster: Cluster) -> None:
    cluster.drop_plugin_pod(cluster.efa_plugin, EFA)
    cluster.objects.remove(cluster.efa_plugin)


def gpu_plugin_missing(cluster: Cluster) -> None:
    cluster.drop_plugin_pod(cluster.gpu_plugin, GPU)
    cluster.objects.remove(cluster.gpu_plugin)


# ---- EFA402, EFA412 ---------------------------------------------------------


def efa_plugin_taint_not_tolerated(cluster: Cluster) -> None:
    _forget(cluster.efa_plugin, EFA_TAINT["key"])
    cluster.drop_plugin_pod(cluster.efa_plugin, EFA)


def gpu_plugin_taint_not_tolerated(cluster: Cluster) -> None:
    _forget(cluster.gpu_plugin, EFA_TAINT["key"])
    cluster.drop_plugin_pod(cluster.gpu_plugin, GPU)


def efa_plugin_tolerates_nothing(cluster: Cluster) -> None:
    """As its chart comes: two taints of the pool keep it off."""
    for taint in (EFA_TAINT, GPU_TAINT):
        _forget(cluster.efa_plugin, taint["key"])
    cluster.drop_plugin_pod(cluster.efa_plugin, EFA)


def _forget(plugin: Json, key: str) -> None:
    spec = spec_of(plugin)
    spec["tolerations"] = [t for t in spec["tolerations"] if t["key"] != key]


# ---- EFA403, EFA413 ---------------------------------------------------------


def allowed_types(plugin: Json) -> list[str]:
    """The plugin's list of instance types."""
    terms = spec_of(plugin)["affinity"]["nodeAffinity"][ALLOW_LIST]["nodeSelectorTerms"]
    found: list[str] = terms[0]["matchExpressions"][0]["values"]
    return found


def efa_plugin_list_too_old(cluster: Cluster) -> None:
    pool_at_its_limit(cluster)
    allowed_types(cluster.efa_plugin).remove("p5.48xlarge")
    cluster.drop_plugin_pod(cluster.efa_plugin, EFA)


def efa_plugin_wants_a_label(cluster: Cluster) -> None:
    """A selector set by hand, beside the list."""
    spec_of(cluster.efa_plugin)["nodeSelector"] = {"example.com/efa": "true"}
    cluster.drop_plugin_pod(cluster.efa_plugin, EFA)


def efa_plugin_leaves_out_auto(cluster: Cluster) -> None:
    """The label of Auto Mode on a node of Karpenter's own."""
    pool_at_its_limit(cluster)
    terms = spec_of(cluster.efa_plugin)["affinity"]["nodeAffinity"][ALLOW_LIST]["nodeSelectorTerms"]
    terms[0]["matchExpressions"].append(
        {"key": "eks.amazonaws.com/compute-type", "operator": "NotIn", "values": ["auto"]}
    )
    cluster.node["metadata"]["labels"]["eks.amazonaws.com/compute-type"] = "auto"
    cluster.drop_plugin_pod(cluster.efa_plugin, EFA)


def gpu_plugin_waits_for_label(cluster: Cluster) -> None:
    """As NVIDIA's chart comes, without feature discovery."""
    select_by_discovery(cluster.gpu_plugin)
    cluster.drop_plugin_pod(cluster.gpu_plugin, GPU)


def select_by_discovery(plugin: Json) -> None:
    keys = ("feature.node.kubernetes.io/pci-10de.present", "nvidia.com/gpu.present")
    terms = [
        {"matchExpressions": [{"key": key, "operator": "In", "values": ["true"]}]} for key in keys
    ]
    spec_of(plugin)["affinity"] = {"nodeAffinity": {ALLOW_LIST: {"nodeSelectorTerms": terms}}}


def discovery(cluster: Cluster, *tolerated: str) -> Json:
    """The worker of feature discovery, tolerating these keys; on the EFA node if it may."""
    tolerations = [{"key": k, "operator": "Exists"} for k in tolerated]
    image = "registry.k8s.io/nfd/node-feature-discovery:v0.18.3"
    worker = daemonset("kube-system", "nfd-worker", image, {"tolerations": tolerations})
    cluster.add(worker)
    if {EFA_TAINT["key"], GPU_TAINT["key"]} <= set(tolerated):
        cluster.add(daemon_pod(worker, EFA_NODE))
    return worker


def discovery_kept_off(cluster: Cluster) -> None:
    """The plugin waits for a label that the worker cannot set: it lacks one toleration."""
    gpu_plugin_waits_for_label(cluster)
    discovery(cluster, GPU_TAINT["key"])


# ---- EFA404, EFA414 ---------------------------------------------------------


def waiting(cluster: Cluster, plugin: Json, reason: str, resource: str) -> None:
    """The plugin's pod is there and waits for this reason."""
    pod = cluster.plugin_pod(plugin)
    pod["status"]["phase"] = "Pending"
    pod["status"]["conditions"] = [condition("Ready", "False")]
    (status,) = pod["status"]["containerStatuses"]
    status |= {"ready": False, "state": {"waiting": {"reason": reason, "message": "said so"}}}
    for amounts in ("capacity", "allocatable"):
        cluster.node["status"][amounts].pop(resource, None)


def efa_plugin_runs_as_non_root(cluster: Cluster) -> None:
    for context in (
        spec_of(cluster.efa_plugin)["containers"][0],
        cluster.plugin_pod(cluster.efa_plugin)["spec"]["containers"][0],
    ):
        context["securityContext"] = {"runAsNonRoot": True}
    waiting(cluster, cluster.efa_plugin, "CreateContainerConfigError", EFA)


def efa_plugin_image_not_pulled(cluster: Cluster) -> None:
    waiting(cluster, cluster.efa_plugin, "ImagePullBackOff", EFA)


def gpu_plugin_crashes(cluster: Cluster) -> None:
    pool_at_its_limit(cluster)
    crashing(cluster.plugin_pod(cluster.gpu_plugin))
    without_gpus(cluster)


def between_crashes(cluster: Cluster, plugin: Json, started: str = "09:59:50") -> None:
    """The plugin's container has been started once more after many crashes."""
    pool_at_its_limit(cluster)
    (status,) = cluster.plugin_pod(plugin)["status"]["containerStatuses"]
    ended = {"reason": "Error", "exitCode": 1, "finishedAt": "2026-11-20T09:55:00Z"}
    status |= {
        "restartCount": 21,
        "state": {"running": {"startedAt": f"2026-11-20T{started}Z"}},
        "lastState": {"terminated": ended},
    }


def gpu_feature_discovery(cluster: Cluster, name: str, container: Json) -> Json:
    """What NVIDIA's charts run from the plugin's image beside the plugin."""
    found = copy.deepcopy(cluster.gpu_plugin)
    found["metadata"] |= {"name": name, "uid": f"uid-{name}"}
    spec_of(found)["containers"][0] |= container
    cluster.add(found, daemon_pod(found, EFA_NODE))
    return found


def efa_plugin_rejected(cluster: Cluster) -> None:
    """The namespace enforces the restricted level, and the pod is gone since."""
    namespace = cluster.get("Namespace", "kube-system")
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    namespace["metadata"]["labels"] = labels
    cluster.drop_plugin_pod(cluster.efa_plugin, EFA)


def gpu_plugin_finds_nothing(cluster: Cluster) -> None:
    pool_at_its_limit(cluster)
    without_gpus(cluster)


# ---- EFA405 -----------------------------------------------------------------


def dra_driver_too(cluster: Cluster) -> None:
    image = "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/dranet:v1.2.0"
    driver = daemonset(
        "kube-system", "aws-dranet", image, {"tolerations": [{"operator": "Exists"}]}
    )
    cluster.add(driver, daemon_pod(driver, EFA_NODE))


# ---- EFA501 -----------------------------------------------------------------


def efa_not_advertised(cluster: Cluster) -> None:
    pool_at_its_limit(cluster)
    without_efa(cluster)


def efa_devices_unhealthy(cluster: Cluster) -> None:
    pool_at_its_limit(cluster)
    cluster.node["status"]["allocatable"][EFA] = "2"


# ---- EFA502, EFA503 ---------------------------------------------------------


def efa_in_use(cluster: Cluster) -> None:
    pool_at_its_limit(cluster)
    cluster.add(*held_by_job("pretrain", {EFA: "32"}))


def gpu_in_use(cluster: Cluster) -> None:
    pool_at_its_limit(cluster)
    cluster.add(holder("notebook", {GPU: "1"}))


def holder(name: str, amounts: dict[str, str], on: str = EFA_NODE, **more: object) -> Json:
    """A running pod that holds these amounts."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta(name, "research", **more),
        "spec": {
            "nodeName": on,
            "containers": [
                {
                    "name": "main",
                    "image": "registry.example/job:1",
                    "resources": {"limits": amounts},
                }
            ],
        },
        "status": {"phase": "Running", "conditions": [condition("Ready")]},
    }


def held_by_job(name: str, amounts: dict[str, str], on: str = EFA_NODE) -> tuple[Json, Json]:
    """A Job, and its running pod that holds these amounts."""
    template = {"spec": {"containers": [{"name": "main", "image": "registry.example/job:1"}]}}
    job: Json = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": meta(name, "research"),
        "spec": {"suspend": False, "template": template},
        "status": {},
    }
    owner = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "name": name,
        "uid": job["metadata"]["uid"],
        "controller": True,
    }
    return job, holder(f"{name}-0", amounts, on, ownerReferences=[owner])

"""Reports of device plugins that did not start, did not land, or were never installed."""

from __future__ import annotations

from clusters import EFA_NODE, EFA_PLUGIN, GPU_PLUGIN, GPU_TAINT, Cluster
from faults.nodes import crashing, node_launched_without_efa, undeclared_agent_taint
from faults.plugins import (
    allowed_types,
    efa_plugin_runs_as_non_root,
    gpu_plugin_crashes,
    gpu_plugin_finds_nothing,
    gpu_plugin_missing,
    spec_of,
)
from incidents.states import EFA, GPU, Incident, asks, in_group, of_type, plain_interface

_EFA = ("DaemonSet", EFA_PLUGIN[1])
_GPU = ("DaemonSet", GPU_PLUGIN[1])
_NODE = ("Node", EFA_NODE)


def _not_as_root(cluster: Cluster) -> None:
    of_type(cluster, "hpc6a.48xlarge", efa=1, gpu=0)
    efa_plugin_runs_as_non_root(cluster)
    allowed_types(cluster.efa_plugin).append("hpc6a.48xlarge")
    in_group(cluster, interfaces=1)


def _type_not_listed(cluster: Cluster) -> None:
    of_type(cluster, "g7.48xlarge", efa=2)
    cluster.drop_plugin_pod(cluster.efa_plugin, EFA)
    in_group(cluster, interfaces=2)


def _plain_manifest(cluster: Cluster) -> None:
    of_type(cluster, "p4d.24xlarge", efa=4)
    spec_of(cluster.efa_plugin)["tolerations"] = [
        {"key": "CriticalAddonsOnly", "operator": "Exists"}
    ]
    cluster.drop_plugin_pod(cluster.efa_plugin, EFA)
    in_group(cluster, interfaces=4)


def _made_without_efa(cluster: Cluster) -> None:
    of_type(cluster, "g6e.48xlarge", efa=4)
    allowed_types(cluster.efa_plugin).append("g6e.48xlarge")
    node_launched_without_efa(cluster)
    asks(cluster, efa=4, gpu=8)
    cluster.claim["spec"]["resources"]["requests"].pop(EFA)


def _made_without_efa_for_gpus(cluster: Cluster) -> None:
    _made_without_efa(cluster)
    asks(cluster, gpu=8)


def _listed_without_efa(cluster: Cluster) -> None:
    of_type(cluster, "g5.4xlarge", efa=0, gpu=1)
    plain_interface(cluster)
    crashing(cluster.plugin_pod(cluster.efa_plugin))
    allowed_types(cluster.efa_plugin).append("g5.4xlarge")


def _half_of_its_interfaces(cluster: Cluster) -> None:
    of_type(cluster, "hpc7a.96xlarge", efa=1, gpu=0)
    allowed_types(cluster.efa_plugin).append("hpc7a.96xlarge")
    asks(cluster, efa=2)
    in_group(cluster, interfaces=2)


def _gpu_taint(cluster: Cluster) -> None:
    asks(cluster, efa=4, gpu=8)
    spec = spec_of(cluster.gpu_plugin)
    spec["tolerations"] = [t for t in spec["tolerations"] if t["key"] != GPU_TAINT["key"]]
    cluster.drop_plugin_pod(cluster.gpu_plugin, GPU)


def _taint_of_its_own(cluster: Cluster, key: str, value: str) -> None:
    """One more taint, which the pod and the EFA plugin tolerate."""
    cluster.node["spec"]["taints"].append({"key": key, "value": value, "effect": "NoSchedule"})
    taints = cluster.pool["spec"]["template"]["spec"]["taints"]
    taints.append({"key": key, "value": value, "effect": "NoSchedule"})
    cluster.claim["spec"]["taints"].append({"key": key, "value": value, "effect": "NoSchedule"})
    for spec in (cluster.pod["spec"], spec_of(cluster.efa_plugin)):
        spec["tolerations"].append({"key": key, "operator": "Exists"})
    cluster.drop_plugin_pod(cluster.gpu_plugin, GPU)


def _scale_to_zero_taint(cluster: Cluster) -> None:
    _taint_of_its_own(cluster, "nebari.dev/scale-to-zero", "true")


def _dedicated_taint(cluster: Cluster) -> None:
    """As the operator's plugin DaemonSet: its own selector, a fixed list of tolerations."""
    _taint_of_its_own(cluster, "dedicated", "gpu")
    wanted = {"nvidia.com/gpu.deploy.device-plugin": "true"}
    spec = spec_of(cluster.gpu_plugin)
    spec["nodeSelector"] = wanted
    cluster.node["metadata"]["labels"] |= wanted
    cluster.pool["spec"]["template"]["metadata"] = {"labels": wanted}


def _no_plugin(cluster: Cluster) -> None:
    gpu_plugin_missing(cluster)
    for found in cluster.claim["status"]["conditions"]:
        if found["type"] == "Initialized":
            found |= {"status": "Unknown", "reason": "ResourceNotRegistered"}


INCIDENTS = (
    Incident(
        source="aws-samples/aws-efa-eks#8",
        title="the EFA plugin may not run as root, as its image does",
        state=_not_as_root,
        codes=(("EFA404", *_EFA),),
    ),
    Incident(
        source="aws/eks-charts#1348",
        title="type g7.48xlarge is not in the chart's list",
        state=_type_not_listed,
        codes=(("EFA403", *_EFA),),
    ),
    Incident(
        source="aws-samples/aws-efa-eks#3",
        title="the EFA plugin's manifest does not tolerate the taint of the GPU nodes",
        state=_plain_manifest,
        codes=(("EFA402", *_EFA),),
    ),
    Incident(
        source="aws/eks-charts#1239",
        title="Karpenter made the node for pods without EFA; the plugin crashes on it",
        state=_made_without_efa,
        codes=(("EFA305", *_NODE),),
    ),
    Incident(
        source="aws-samples/aws-efa-eks#18",
        title="the same node, and a pod that does not ask for EFA: no harm",
        state=_made_without_efa_for_gpus,
        verdict="schedulable",
    ),
    Incident(
        source="aws/sagemaker-hyperpod-cli#367",
        title="the list has types without EFA, on which the plugin crashes: no harm to others",
        state=_listed_without_efa,
        verdict="schedulable",
    ),
    Incident(
        source="ofiwg/libfabric#9356",
        title="one of two EFA interfaces of an hpc7a is attached",
        state=_half_of_its_interfaces,
        codes=(("EFA305", *_NODE),),
    ),
    Incident(
        source="NVIDIA/k8s-device-plugin#68",
        title="the taint for GPUs keeps the NVIDIA plugin off as well",
        state=_gpu_taint,
        codes=(("EFA412", *_GPU),),
    ),
    Incident(
        source="nebari-dev/nebari#3074",
        title="a taint for scaling to zero keeps the NVIDIA plugin off",
        state=_scale_to_zero_taint,
        codes=(("EFA412", *_GPU),),
    ),
    Incident(
        source="NVIDIA/gpu-operator#26",
        title="the GPU operator's plugin does not tolerate dedicated=gpu",
        state=_dedicated_taint,
        codes=(("EFA412", *_GPU),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#3862",
        title="there is no NVIDIA plugin; the NodeClaim never initializes",
        state=_no_plugin,
        codes=(("EFA411", *_GPU),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#3794",
        title="the NVIDIA plugin runs and registers nothing",
        state=gpu_plugin_finds_nothing,
        codes=(("EFA414", *_GPU),),
    ),
    Incident(
        source="awslabs/amazon-eks-ami#2706",
        title="the NVIDIA plugin crashes on one release of the AMI",
        state=gpu_plugin_crashes,
        codes=(("EFA414", *_GPU),),
    ),
    Incident(
        source="aws/karpenter-provider-aws#6355",
        title="the agent's taint of Cilium stays, and no pool declares it",
        state=undeclared_agent_taint,
        codes=(("EFA302", *_NODE),),
    ),
)

"""The cluster has no NVIDIA device plugin.

## What it checks

Whether any DaemonSet, in any namespace and under any name, runs NVIDIA's device plugin, by
itself or through the GPU operator. It speaks only where a pod asks for `nvidia.com/gpu`, a node
could have it, and none advertises it but those that come with the plugin: EKS Auto Mode's, and
those of Bottlerocket's NVIDIA variants.

## Why it matters

A pod that asks for EFA mostly asks for GPUs too. The driver in the AMI is not enough: a node
advertises `nvidia.com/gpu` only once the plugin's pod runs on it, and Karpenter never calls such a
node initialized.

## Evidence

The list of DaemonSets, read in whole, and what the node advertises.

## Fix

Install the chart, with tolerations for the taints of the nodes that it must reach, and without
the affinity that waits for labels of feature discovery.

## Sources

- https://docs.aws.amazon.com/eks/latest/userguide/device-management-nvidia.html
- https://github.com/NVIDIA/k8s-device-plugin
- https://github.com/aws/karpenter-provider-aws/issues/3862
"""

from collections.abc import Iterator

from efadoctor.authoring import Case, Finding, Stage, check
from efadoctor.model.kubernetes import DaemonSet, Node
from efadoctor.scheduling.devices import Device
from efadoctor_checks import _plugin_missing, _plugins


@check("EFA411", stage=Stage.PLUGIN, needs=(Node, DaemonSet), uses=_plugins.READS)
def gpu_plugin_missing(case: Case) -> Iterator[Finding]:
    """One finding where nothing in the cluster serves NVIDIA GPUs."""
    return _plugin_missing.findings(case, Device.GPU)

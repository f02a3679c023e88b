"""The cluster has no EFA device plugin.

## What it checks

Whether any DaemonSet, in any namespace and under any name, runs the image
`aws-efa-k8s-device-plugin`. It speaks only where a pod asks for `vpc.amazonaws.com/efa`, a node
could have it, and none advertises it: EKS Auto Mode needs no DaemonSet.

## Why it matters

An attached EFA interface is nothing that Kubernetes can count. A node advertises
`vpc.amazonaws.com/efa` only once the plugin's pod runs on it; no AMI of EKS carries the plugin.

## Evidence

The list of DaemonSets, read in whole, and what the node advertises.

## Fix

Install the chart, with tolerations for the taints of the nodes that it must reach.

## Sources

- https://docs.aws.amazon.com/eks/latest/userguide/device-management-efa.html
- https://github.com/aws/eks-charts/tree/master/stable/aws-efa-k8s-device-plugin
"""

from collections.abc import Iterator

from efadoctor.authoring import Case, Finding, Stage, check
from efadoctor.model.kubernetes import DaemonSet, Node
from efadoctor.scheduling.devices import Device
from efadoctor_checks import _plugin_missing, _plugins


@check(
    "EFA401",
    stage=Stage.PLUGIN,
    needs=(Node, DaemonSet),
    uses=_plugins.READS,
    explains=("efa-not-advertised",),
)
def efa_plugin_missing(case: Case) -> Iterator[Finding]:
    """One finding where nothing in the cluster serves EFA."""
    return _plugin_missing.findings(case, Device.EFA)

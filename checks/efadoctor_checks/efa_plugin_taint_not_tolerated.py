"""The EFA device plugin does not tolerate a taint of the node.

## What it checks

The `NoSchedule` and `NoExecute` taints of the nodes that could serve the pod, and of those that a
NodePool or node group would make, against the tolerations of the EFA plugin's DaemonSet and those
that the DaemonSet controller adds. Startup taints are EFA302's.

## Why it matters

The chart tolerates `CriticalAddonsOnly` and nothing else. On a tainted pool its DaemonSet wants no
pod at all: DESIRED is 0, no event says so, and the node advertises no `vpc.amazonaws.com/efa`.
Karpenter keeps nominating the node, because it counts on what the instance type has.

## Evidence

The taint where it stands, the tolerations of the DaemonSet, what the node advertises.

## Fix

Add the toleration: on the DaemonSet now, in the values of its chart for good. Pods of the plugin
restart; pods that run keep their devices.

## Sources

- https://github.com/aws/eks-charts/tree/master/stable/aws-efa-k8s-device-plugin
- https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations
- https://github.com/aws-samples/aws-efa-eks/issues/3
"""

from collections.abc import Iterator

from efadoctor.authoring import Case, Finding, Stage, check
from efadoctor.model.kubernetes import DaemonSet, Node
from efadoctor.scheduling.devices import Device
from efadoctor_checks import _plugin_taints, _plugins


@check(
    "EFA402",
    stage=Stage.PLUGIN,
    needs=(Node, DaemonSet),
    uses=_plugins.READS,
    explains=("efa-not-advertised",),
)
def efa_plugin_taint_not_tolerated(case: Case) -> Iterator[Finding]:
    """One finding for each plugin and set of taints."""
    return _plugin_taints.findings(case, Device.EFA)

"""The NVIDIA device plugin does not tolerate a taint of the node.

## What it checks

The `NoSchedule` and `NoExecute` taints of the nodes that could serve the pod, and of those that a
NodePool or node group would make, against the tolerations of the GPU plugin's DaemonSet and those
that the DaemonSet controller adds. Startup taints are EFA302's.

## Why it matters

The plugin tolerates `nvidia.com/gpu` and little else. A second taint on the pool, say for EFA,
keeps it off: the node has GPUs and advertises none. Where EFA is missing too, the scheduler names
both resources and neither reason.

## Evidence

The taint where it stands, the tolerations of the DaemonSet, what the node advertises.

## Fix

Add the toleration: on the DaemonSet now, in the values of its chart (or the GPU operator's
ClusterPolicy) for good. Pods of the plugin restart; pods that run keep their devices.

## Sources

- https://github.com/NVIDIA/k8s-device-plugin
- https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations
- https://github.com/NVIDIA/k8s-device-plugin/issues/68
"""

from collections.abc import Iterator

from efadoctor.authoring import Case, Finding, Stage, check
from efadoctor.model.kubernetes import DaemonSet, Node
from efadoctor.scheduling.devices import Device
from efadoctor_checks import _plugin_taints, _plugins


@check("EFA412", stage=Stage.PLUGIN, needs=(Node, DaemonSet), uses=_plugins.READS)
def gpu_plugin_taint_not_tolerated(case: Case) -> Iterator[Finding]:
    """One finding for each plugin and set of taints."""
    return _plugin_taints.findings(case, Device.GPU)

"""The NVIDIA device plugin does not select the node: a label is missing.

## What it checks

The node selector and the required affinity of the GPU plugin's DaemonSet against the labels of
the nodes that could serve the pod, and of those that a NodePool or node group would make. Where
the labels are those of Node Feature Discovery or of the GPU operator, it looks further: is there a
worker, does it reach the node, or does a taint keep it off?

## Why it matters

NVIDIA's chart selects nodes by `feature.node.kubernetes.io/pci-10de.present` or
`nvidia.com/gpu.present`. Nothing sets either unless feature discovery runs on the node, which
must tolerate the node's taints itself, or somebody puts the label into the NodePool's template.

## Evidence

What the DaemonSet asks for, the node's labels, the tolerations of the discovery worker.

## Fix

Let the worker tolerate the taint. Without one: let the plugin select the type, or set
`nvidia.com/gpu.present=true` on the nodes and in the template that makes them.

## Sources

- https://github.com/NVIDIA/k8s-device-plugin/blob/main/deployments/helm/nvidia-device-plugin/values.yaml
- https://kubernetes-sigs.github.io/node-feature-discovery/stable/usage/features.html
- https://github.com/NVIDIA/gpu-operator
"""

from collections.abc import Iterator

from efadoctor.authoring import Awaited, Case, Finding, Stage, check
from efadoctor.model.kubernetes import DaemonSet, Node
from efadoctor.scheduling.devices import Device
from efadoctor_checks import _plugin_selection, _plugins


@check("EFA413", stage=Stage.PLUGIN, needs=(Node, DaemonSet), uses=_plugins.READS)
def gpu_plugin_node_not_selected(case: Case) -> Iterator[Finding | Awaited]:
    """One finding for each plugin, or discovery worker, and what it misses."""
    return _plugin_selection.findings(case, Device.GPU)

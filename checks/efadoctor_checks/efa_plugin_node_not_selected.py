"""The EFA device plugin does not select the node.

## What it checks

The node selector and the required affinity of the EFA plugin's DaemonSet against the labels of
the nodes that could serve the pod, and of those that a NodePool or node group would make: the
chart's list of instance types, `eks.amazonaws.com/compute-type`, labels set by hand.

## Why it matters

The chart runs only on types that it lists by name. A type that is newer than the installed chart
gets no plugin, and nothing says so: DESIRED does not count the node, there is no pod and no event.
Terms of an affinity are alternatives, but a node selector beside them does not widen the list.

## Evidence

The requirement of the DaemonSet that the node does not meet, the node's label, what it advertises.

## Fix

Add the type to the list (`supportedInstanceLabels.values` in the chart, which replaces the whole
list) or upgrade the chart. Where a label is missing, set it or widen the DaemonSet.

## Sources

- https://github.com/aws/eks-charts/tree/master/stable/aws-efa-k8s-device-plugin
- https://github.com/aws/eks-charts/issues/1348
- https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
"""

from collections.abc import Iterator

from efadoctor.authoring import Awaited, Case, Finding, Stage, check
from efadoctor.model.kubernetes import DaemonSet, Node
from efadoctor.scheduling.devices import Device
from efadoctor_checks import _plugin_selection, _plugins


@check(
    "EFA403",
    stage=Stage.PLUGIN,
    needs=(Node, DaemonSet),
    uses=_plugins.READS,
    explains=("efa-not-advertised",),
)
def efa_plugin_node_not_selected(case: Case) -> Iterator[Finding | Awaited]:
    """One finding for each plugin and each thing that its selection misses."""
    return _plugin_selection.findings(case, Device.EFA)

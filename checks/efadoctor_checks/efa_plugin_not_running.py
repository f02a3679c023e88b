"""The EFA device plugin should run on the node and does not.

## What it checks

Nodes on which the EFA plugin's DaemonSet wants a pod: whether the pod is there, starts, and stays
up. It tells apart an image that cannot be pulled, a container that its security context forbids to
run as root, a namespace whose Pod Security level rejects the pods, and a crash. A plugin that
crashes because its node has no EFA interface is EFA305; one that is younger than five minutes is
waited for.

## Why it matters

The DaemonSet counts the node as DESIRED, and the node looks healthy, yet it advertises no
`vpc.amazonaws.com/efa`. What fails for every pod of the DaemonSet fails on new nodes as well.

## Evidence

The waiting reason of the container as the kubelet has it, the field of the DaemonSet or the label
of the namespace that causes it.

## Fix

Let the container run as root (`securityContext` in the chart), or let the namespace run privileged
pods. For an image or a crash: what to look at; no copy of the cluster can show more.

## Sources

- https://github.com/aws-samples/aws-efa-eks/issues/8
- https://github.com/aws/eks-charts/issues/1239
- https://kubernetes.io/docs/concepts/security/pod-security-admission/
- https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states
"""

from collections.abc import Iterator

from efadoctor.authoring import Awaited, Case, Finding, Stage, Untold, check
from efadoctor.model.kubernetes import DaemonSet, Node, Pod
from efadoctor.scheduling.devices import Device
from efadoctor_checks import _plugin_failures


@check(
    "EFA404",
    stage=Stage.PLUGIN,
    needs=(Node, DaemonSet, Pod),
    uses=_plugin_failures.READS,
    explains=("efa-not-advertised",),
)
def efa_plugin_not_running(case: Case) -> Iterator[Finding | Awaited | Untold]:
    """One finding for each plugin and reason."""
    return _plugin_failures.findings(case, Device.EFA)

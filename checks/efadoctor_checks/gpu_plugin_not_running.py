"""The NVIDIA device plugin should run on the node and does not, or finds no GPUs.

## What it checks

Nodes on which the GPU plugin's DaemonSet wants a pod: whether the pod is there, starts, stays up,
and advertises the GPUs that the type has. Bottlerocket and EKS Auto Mode run the plugin as a
service of the operating system: there the GPUs that a ready node advertises are all that shows. A
plugin that is younger than five minutes is waited for.

## Why it matters

A node whose plugin fails has GPUs and advertises none. Drivers come with the AMI: after an update
of either, the plugin can crash, or run and find nothing, on every node that is launched from then.

## Evidence

The waiting reason of the container as the kubelet has it, what causes it, what the node advertises,
and which operating system it has.

## Fix

Let the container run as root, or the namespace run privileged pods, where that is the reason. For
an image, a crash or a missing driver: what to look at; no copy of the cluster can show more.

## Sources

- https://github.com/NVIDIA/k8s-device-plugin
- https://github.com/awslabs/amazon-eks-ami/issues/2706
- https://github.com/bottlerocket-os/bottlerocket/issues/3132
- https://kubernetes.io/docs/concepts/security/pod-security-admission/
- https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states
"""

from collections.abc import Iterator

from efadoctor.authoring import Awaited, Case, Finding, Stage, Untold, check
from efadoctor.model.kubernetes import DaemonSet, Node, Pod
from efadoctor.scheduling.devices import Device
from efadoctor_checks import _built_in_plugins, _plugin_failures


@check(
    "EFA414",
    stage=Stage.PLUGIN,
    needs=(Node, DaemonSet, Pod),
    uses=_plugin_failures.READS,
)
def gpu_plugin_not_running(case: Case) -> Iterator[Finding | Awaited | Untold]:
    """One finding for each plugin and reason."""
    yield from _plugin_failures.findings(case, Device.GPU)
    yield from _built_in_plugins.findings(case)

"""Another resource of the node is in use by other pods.

## What it checks

Nodes that have enough CPU, memory, GPUs, pods and other resources for the pod, of which others
hold too much. It looks for the holders that would have to go, as few owners as possible, after
those that hold EFA devices (EFA502), and names one finding for each owner. DaemonSets' pods stay.

## Why it matters

EFA nodes are large and few, and anything that tolerates their taints may land there: a notebook
with one GPU keeps a job of eight off. The scheduler says "Insufficient nvidia.com/gpu" and not who.

## Evidence

What the node can allocate, who requests how much of it, and where in their specs.

## Fix

Wait, suspend or move the holder, or give the pod another way in.

## Sources

- https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
- https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
"""

from collections.abc import Iterator

from efadoctor.authoring import Awaited, Case, Finding, Stage, check
from efadoctor.model.kubernetes import Node, Pod
from efadoctor_checks import _in_use, _moving


@check("EFA503", stage=Stage.ALLOCATABLE, needs=(Node, Pod), uses=_in_use.READS)
def resource_in_use(case: Case) -> Iterator[Finding | Awaited]:
    """One finding for each owner of pods that hold what is short."""
    return _moving.answers(case, of_efa=False)

"""All EFA devices of the node are in use by other pods.

## What it checks

Nodes that advertise enough `vpc.amazonaws.com/efa` for the pod, of which others hold too much. It
looks for the holders that would have to go, as few owners as possible, and names one finding for
each owner. Pods that are ending, and room that the scheduler is already making, are waited for.

## Why it matters

A device belongs to one container at a time, and a node often has fewer EFA devices than GPUs: a
g5.48xlarge has eight GPUs and one EFA interface, so the second pod that asks for EFA waits beside
idle GPUs.

## Evidence

What the node can allocate, who requests how much of it, and where in their specs.

## Fix

Wait, suspend or move the holder; or give the pod another way in: more nodes, or a type with more
EFA interfaces.

## Sources

- https://docs.aws.amazon.com/eks/latest/userguide/device-management-efa.html
- https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
- https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
"""

from collections.abc import Iterator

from efadoctor.authoring import Awaited, Case, Finding, Stage, check
from efadoctor.model.kubernetes import Node, Pod
from efadoctor_checks import _in_use, _moving


@check("EFA502", stage=Stage.ALLOCATABLE, needs=(Node, Pod), uses=_in_use.READS)
def efa_in_use(case: Case) -> Iterator[Finding | Awaited]:
    """One finding for each owner of pods that hold EFA devices."""
    return _moving.answers(case, of_efa=True)

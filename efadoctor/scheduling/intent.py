"""Which NodePools a pod means, though none of their types can serve it.

A pool for CPU pods is never the one that a pod means that asks for EFA; a pool whose taint
the pod tolerates by name, or whose types bring some of the devices, is.
"""

from __future__ import annotations

from efadoctor.model.kubernetes import Pod
from efadoctor.scheduling.devices import Device
from efadoctor.scheduling.path import Path
from efadoctor.scheduling.quantity import amount
from efadoctor.scheduling.taints import KEEPS_OFF, tolerates


def is_meant(path: Path, pod: Pod) -> bool:
    """Whether a pod shows by more than chance that it means this way in."""
    return brings_devices(path) or _tolerates_by_name(path, pod)


def brings_devices(path: Path) -> bool:
    """Whether the path's node has any EFA interface or GPU, as it is or as its type would."""
    allocatable = path.node.status.allocatable
    if any(amount(d.value, allocatable.get(d.value, 0)) for d in Device):
        return True
    types = path.judgement.closest if path.judgement is not None else ()
    return any(t.efa or t.gpus for t in types[:1])


def _tolerates_by_name(path: Path, pod: Pod) -> bool:
    named = [t for t in pod.spec.tolerations if t.key]
    taints = (t for t in path.node.spec.taints if t.effect in KEEPS_OFF)
    return any(tolerates(toleration, taint) for taint in taints for toleration in named)

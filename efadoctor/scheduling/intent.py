"""Which NodePools a pod means, though none of their types can serve it.

A pool for CPU pods is never the one that a pod means that asks for EFA. A pool whose taint
the pod tolerates by name is, or one whose types bring some of the devices, or one that is
pinned to a family that comes with them in other sizes.
"""

from __future__ import annotations

from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Pod
from efadoctor.scheduling.devices import EFA, GPU
from efadoctor.scheduling.instance_types import known_types
from efadoctor.scheduling.path import Path
from efadoctor.scheduling.quantity import amount
from efadoctor.scheduling.requests import pod_requests
from efadoctor.scheduling.requirements import INSTANCE_TYPE
from efadoctor.scheduling.taints import KEEPS_OFF, tolerates

_FAMILY = "/instance-family"


def is_meant(path: Path, pod: Pod) -> bool:
    """Whether a pod shows by more than chance that it means this way in."""
    return (
        brings_devices(path, pod)
        or _tolerates_by_name(path, pod)
        or (path.pool is not None and _is_pinned(path.pool, _scarcest(pod)))
    )


def brings_devices(path: Path, pod: Pod) -> bool:
    """Whether the path's node has, or its type would have, some of the pod's scarcest device.

    That is GPUs where the pod asks for any: large CPU types have an EFA interface as well.
    """
    scarcest = _scarcest(pod)
    if amount(scarcest, path.node.status.allocatable.get(scarcest, 0)):
        return True
    types = path.judgement.closest if path.judgement is not None else ()
    return any(t.allocatable.get(scarcest, 0) for t in types[:1])


def _scarcest(pod: Pod) -> str:
    return GPU if pod_requests(pod).get(GPU) else EFA


def _tolerates_by_name(path: Path, pod: Pod) -> bool:
    named = [t for t in pod.spec.tolerations if t.key]
    taints = (t for t in path.node.spec.taints if t.effect in KEEPS_OFF)
    return any(tolerates(toleration, taint) for taint in taints for toleration in named)


def _is_pinned(pool: NodePool, device: str) -> bool:
    """Whether a pool names types or families, and the device is to be had in one of those."""
    named = {
        value.partition(".")[0]
        for r in pool.spec.template.spec.requirements
        if r.operator == "In" and (r.key == INSTANCE_TYPE or r.key.endswith(_FAMILY))
        for value in r.values
    }
    return any(t.family in named and t.count(device) for t in known_types().values())

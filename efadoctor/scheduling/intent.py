"""What a pod means, though nothing can serve it as it is written.

A pool for CPU pods is never the one that a pod means that asks for EFA, unless the pod names it.
A pool whose taint the pod tolerates by name is, or one whose types bring some of the devices, or
one that is pinned to a family that comes with them in other sizes, or one that says by its name,
a taint or a label that it is for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from efadoctor.model.aws import InstanceTypeInfo
from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.structs import Quantity
from efadoctor.scheduling.devices import Device
from efadoctor.scheduling.instance_types import known_types
from efadoctor.scheduling.names import EFA, GPU, INSTANCE_TYPE, NODEPOOL
from efadoctor.scheduling.path import Path
from efadoctor.scheduling.quantity import amount
from efadoctor.scheduling.requests import pod_requests, with_quantities
from efadoctor.scheduling.selectors import required_affinity
from efadoctor.scheduling.taints import KEEPS_OFF, tolerates

_FAMILY = "/instance-family"
_OF_DEVICES = re.compile(r"(?<![a-z])(?:efa|gpus?|nvidia)(?![a-z])")


def is_meant(path: Path, pod: Pod) -> bool:
    """Whether a pod shows by more than chance that it means this way in."""
    return (
        brings_devices(path, pod)
        or _tolerates_by_name(path, pod)
        or (path.pool is not None and _is_pinned(path.pool, _scarcest(pod)))
        or (path.pool is not None and _speaks_of_devices(path.pool))
        or (path.pool is not None and _names(pod, path.pool.metadata.name))
    )


def asking_within_reach(snapshot: Snapshot, pod: Pod) -> Pod:
    """The pod with one of each device of which it asks for more than any type or node has.

    How many were meant nobody knows: whatever has the device may be. The same pod if it asks for
    no more than there is. Raises InvalidQuantityError for a request that is no quantity.
    """
    most = snapshot.once_of((Node, InstanceTypeInfo), _most)
    beyond = {r for r, n in pod_requests(pod).items() if 0 < most.get(r, 0) < n}
    if not beyond:
        return pod
    return with_quantities(
        pod, lambda written: {r: "1" if r in beyond else n for r, n in written.items()}
    )


def _count(device: str, written: Quantity) -> int:
    """How many of a device are written; none where that is no quantity."""
    try:
        return amount(device, written)
    except InvalidQuantityError:
        return 0


def _most(snapshot: Snapshot) -> Mapping[str, int]:
    types = known_types(snapshot).values()
    nodes = [n.status.allocatable for n in snapshot.all(Node)]
    most: dict[str, int] = {}
    for device in (d.value for d in Device):
        # thousands of nodes advertise a handful of different amounts
        advertised = {allocatable.get(device, 0) for allocatable in nodes}
        counts = (*(t.count(device) for t in types), *(_count(device, n) for n in advertised))
        most[device] = max(counts, default=0)
    return most


def brings_devices(path: Path, pod: Pod) -> bool:
    """Whether the path's node has, or its type would have, some of the pod's scarcest device.

    That is GPUs where the pod asks for any: large CPU types have an EFA interface as well.
    """
    scarcest = _scarcest(pod)
    if _count(scarcest, path.node.status.allocatable.get(scarcest, 0)):
        return True
    types = path.judgement.closest if path.judgement is not None else ()
    return any(t.allocatable.get(scarcest, 0) for t in types[:1])


def _scarcest(pod: Pod) -> str:
    return GPU if pod_requests(pod).get(GPU) else EFA


def _tolerates_by_name(path: Path, pod: Pod) -> bool:
    named = [t for t in pod.spec.tolerations if t.key]
    taints = (t for t in path.node.spec.taints if t.effect in KEEPS_OFF)
    return any(tolerates(toleration, taint) for taint in taints for toleration in named)


def _speaks_of_devices(pool: NodePool) -> bool:
    """Whether a pool is called after the devices, or its nodes' taints and labels are."""
    template = pool.spec.template
    words = (
        pool.metadata.name,
        *(word for t in template.spec.taints for word in (t.key, t.value)),
        *(word for item in template.metadata.labels.items() for word in item),
    )
    return any(_OF_DEVICES.search(word.lower()) for word in words)


def _names(pod: Pod, pool: str) -> bool:
    """Whether the pod's selector or required affinity says which pool it is."""
    required = required_affinity(pod.spec)
    terms = required.node_selector_terms if required is not None else ()
    wanted = (e for t in terms for e in t.match_expressions if e.operator == "In")
    return pod.spec.node_selector.get(NODEPOOL) == pool or any(
        e.key == NODEPOOL and pool in e.values for e in wanted
    )


def _is_pinned(pool: NodePool, device: str) -> bool:
    """Whether a pool names types or families, and the device is to be had in one of those."""
    named = {
        value.partition(".")[0]
        for r in pool.spec.template.spec.requirements
        if r.operator == "In" and (r.key == INSTANCE_TYPE or r.key.endswith(_FAMILY))
        for value in r.values
    }
    return any(t.family in named and t.count(device) for t in known_types().values())

"""How many pods of one kind the cluster has room for now: "7 of 8 can land"."""

from __future__ import annotations

from collections.abc import Iterable

from efadoctor.model.kubernetes import Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.index import ClusterIndex
from efadoctor.scheduling.node_states import PODS
from efadoctor.scheduling.requests import pod_requests


def room_for(snapshot: Snapshot, pod: Pod, feasible: Iterable[str]) -> int:
    """How many pods with this one's requests the feasible nodes take, one after another.

    Counts what is requested and nothing else; a pod that keeps others of its kind off a
    node (host ports, pod anti-affinity on the host name) counts once a node.
    """
    nodes = ClusterIndex.of(snapshot).nodes
    requests = {r: a for r, a in {**pod_requests(pod), PODS: 1}.items() if a > 0}
    once_a_node = _keeps_off_its_own(pod)
    total = 0
    for name in feasible:
        state = nodes[name]
        fits = min(
            (state.allocatable.get(r, 0) - state.used.get(r, 0)) // a for r, a in requests.items()
        )
        total += min(fits, 1) if once_a_node else fits
    return total


def _keeps_off_its_own(pod: Pod) -> bool:
    affinity = pod.spec.affinity.pod_anti_affinity if pod.spec.affinity else None
    apart = affinity is not None and any(
        t.topology_key == "kubernetes.io/hostname" for t in affinity.required
    )
    return apart or any(p.host_port for c in pod.spec.containers for p in c.ports)

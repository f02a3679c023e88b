"""The pods that a pod talks EFA to: those of its topmost owner that ask for EFA as well.

The pods of a LeaderWorkerSet talk within their group, not across groups
(https://lws.sigs.k8s.io/docs/concepts/).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import Case
from efadoctor.model.kubernetes import Node, Pod
from efadoctor_checks import _efa_demand

_GROUP = "leaderworkerset.sigs.k8s.io/group-index"
_ENDED = frozenset({"Succeeded", "Failed"})


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """A pod of the same job and the node that it is bound to."""

    pod: Pod
    node: Node


def bound_peers(case: Case) -> Iterator[Peer]:
    """One peer for each node that the pod's peers are bound to, by the node's name."""
    group = case.pod.metadata.labels.get(_GROUP)
    found: dict[str, Peer] = {}
    for pod in case.peers:
        name = pod.spec.node_name
        if not name or name in found or pod.metadata.labels.get(_GROUP) != group:
            continue
        if pod.status.phase in _ENDED or pod.metadata.deletion_timestamp is not None:
            continue
        node = case.snapshot.get(Node, name)
        if node is not None and _efa_demand.pod_asks_for_efa(case.snapshot, pod):
            found[name] = Peer(pod=pod, node=node)
    yield from (found[name] for name in sorted(found))

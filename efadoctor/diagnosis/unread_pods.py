"""Pods that were not read: not the same as none being there."""

from __future__ import annotations

from collections.abc import Iterable

from efadoctor.model.clock import timestamp
from efadoctor.model.pod_lists import is_kept, of_node
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Report, Verdict
from efadoctor.model.snapshot import Snapshot
from efadoctor.version import __version__

_PODS = "cluster/pods"


def report_without_pods(
    snapshot: Snapshot, subjects: tuple[ObjectRef, ...] = (), source: str = _PODS
) -> Report:
    """That nothing can be told of ``subjects``, and why their list could not be read.

    ``source`` is the list that they would be in.
    """
    why = next((f" ({g.reason})" for g in snapshot.gaps if g.source == source), "")
    return Report(
        generated_at=timestamp(snapshot.now),
        version=__version__,
        source=snapshot.origin,
        server_version=str(snapshot.server_version) if snapshot.server_version else "",
        subjects=subjects,
        verdict=Verdict.UNKNOWN,
        summary=f"Cannot tell: {source} could not be read{why}.",
        coverage=snapshot.coverage(),
    )


def nodes_with_read_pods(snapshot: Snapshot, nodes: Iterable[str]) -> tuple[str, ...]:
    """Those of some nodes whose pods were read: of the others nobody knows what they have left.

    Where those of several nodes were kept of all, the nodes are those that could ever serve
    the pod.
    """
    parts = [p.field_selector for p in snapshot.partial if p.source == _PODS]
    if not parts or any(map(is_kept, parts)):
        return tuple(nodes)
    return tuple(n for n in nodes if of_node(n) in parts)

"""Pods that were not read: not the same as none being there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Report, Verdict
from efadoctor.model.snapshot import Snapshot
from efadoctor.version import __version__

_PODS = "cluster/pods"
_OF_NO_NODE = "spec.nodeName in ()"


def report_without_pods(
    snapshot: Snapshot, subjects: tuple[ObjectRef, ...] = (), source: str = _PODS
) -> Report:
    """That nothing can be told of ``subjects``, and why their list could not be read.

    ``source`` is the list that they would be in.
    """
    why = next((f" ({g.reason})" for g in snapshot.gaps if g.source == source), "")
    return Report(
        generated_at=snapshot.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
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

    A scan of all pods for those of several nodes (``spec.nodeName in (3 of 50 nodes)``) is of
    those that could ever serve the pod.
    """
    parts = [p.field_selector for p in snapshot.partial if p.source == _PODS]
    if not parts or any(p.startswith("spec.nodeName in (") and p != _OF_NO_NODE for p in parts):
        return tuple(nodes)
    return tuple(n for n in nodes if f"spec.nodeName={n}" in parts)

"""The report where no pods were read: not the same as none being there."""

from __future__ import annotations

from datetime import UTC

from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Report, Verdict
from efadoctor.model.snapshot import Snapshot
from efadoctor.version import __version__

_PODS = "cluster/pods"


def report_without_pods(snapshot: Snapshot, subjects: tuple[ObjectRef, ...] = ()) -> Report:
    """That nothing can be told of ``subjects``, and why their list could not be read."""
    why = next((f" ({g.reason})" for g in snapshot.gaps if g.source == _PODS), "")
    return Report(
        generated_at=snapshot.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        version=__version__,
        source=snapshot.origin,
        server_version=str(snapshot.server_version) if snapshot.server_version else "",
        subjects=subjects,
        verdict=Verdict.UNKNOWN,
        summary=f"Cannot tell: {_PODS} could not be read{why}.",
        coverage=snapshot.coverage(),
    )

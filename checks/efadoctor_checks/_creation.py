"""Workloads that have no pod: whether they want any, and what their controllers say."""

from __future__ import annotations

from typing import Any

from efadoctor.authoring import Case
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.kubernetes import Event, Pod, Workload
from efadoctor.model.workloads import owners, template_owner

_FAILED = "FailedCreate"


def creates_pods(case: Case) -> bool:
    """Whether the subject is a workload that wants pods and has none."""
    return without_pods(case) is not None and pods_wanted(case) > 0


def without_pods(case: Case) -> Workload | None:
    """The subject, where it is a workload that has no pod and has not ended."""
    meta = case.pod.metadata
    if case.snapshot.get(Pod, meta.name, meta.namespace) is not None:
        return None
    workload = case.snapshot.find(case.subject)
    return workload if isinstance(workload, Workload) and not _ended(workload) else None


def pods_wanted(case: Case) -> int:
    """How many pods the subject wants at a time; one where it does not say."""
    workload = case.snapshot.find(case.subject)
    spec = workload.spec if isinstance(workload, Workload) else None
    if not isinstance(spec, dict):
        return 1
    if spec.get("suspend") is True:
        return 0
    number = spec.get("parallelism", spec.get("replicas", 1))
    return number if isinstance(number, int) else 1


def _ended(workload: Workload) -> bool:
    status: Any = workload.status if isinstance(workload.status, dict) else {}
    conditions = status.get("conditions")
    return any(
        isinstance(c, dict)
        and c.get("type") in ("Complete", "Failed")
        and c.get("status") == "True"
        for c in (conditions if isinstance(conditions, list) else ())
    )


def failed_creates(case: Case) -> tuple[Event, ...]:
    """What controllers of the subject say of pods that were refused, newest first."""
    found = [e for e in case.snapshot.all(Event) if e.reason == _FAILED and _is_about(case, e)]
    return tuple(sorted(found, key=_time, reverse=True))


def _is_about(case: Case, event: Event) -> bool:
    about = event.involved_object
    if about.namespace != case.subject.namespace:
        return False
    if (about.kind, about.name) == (case.subject.kind, case.subject.name):
        return True
    return any(
        (w.kind, w.metadata.name, w.metadata.namespace) == (about.kind, about.name, about.namespace)
        and case.subject in owners(case.snapshot, w)
        for w in case.snapshot.all(Workload)
    )


def _time(event: Event) -> str:
    return event.last_timestamp or event.event_time or event.metadata.creation_timestamp or ""


def template_field(case: Case, field: str) -> str:
    """A field of the pod's spec, as the workload's template has it."""
    owned = template_owner(case.snapshot, case.pod)
    at = owned[1].path if owned is not None else FieldPath.of("spec", "template")
    return str(FieldPath((*at.steps, "spec", *FieldPath.parse(field).steps)))

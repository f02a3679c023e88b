"""Workloads that are told to make no pods for now: by whom, and how they go on (EFA115).

https://kubernetes.io/docs/concepts/workloads/controllers/job/#suspending-a-job
"""

from __future__ import annotations

from contextlib import suppress

import msgspec

from efadoctor.authoring import Case, Command, Evidence, Fix, set_field
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.kubernetes import Workload
from efadoctor_checks._creation import without_pods

_FIELDS = ("spec.suspend", "spec.runPolicy.suspend")
"""Of Jobs and their like, and of Kubeflow's jobs."""

_QUEUE = "kueue.x-k8s.io/queue-name"
"""https://kueue.sigs.k8s.io/docs/tasks/run/jobs/"""


class Suspension(msgspec.Struct, frozen=True, kw_only=True):
    """A workload that makes no pods until somebody resumes it."""

    said: str
    evidence: tuple[Evidence, ...]
    fix: Fix


def suspension(case: Case) -> Suspension | None:
    """What holds the subject, where that is why it has no pod."""
    workload = without_pods(case)
    field = _field(workload) if workload is not None else ""
    if workload is None or not field:
        return None
    queue = workload.metadata.labels.get(_QUEUE, "")
    shown = Evidence(object=case.subject, field=field, value=True, expected=False)
    short = case.subject.short
    if not queue:
        resume = Fix(title=f"Resume {short}", edits=(set_field(workload, field, value=False),))
        return Suspension(said=f"{short} is suspended", evidence=(shown,), fix=resume)
    label = Evidence(object=case.subject, field=f'metadata.labels["{_QUEUE}"]', value=queue)
    namespace = workload.metadata.namespace
    look = ("kubectl", "describe", "workloads.kueue.x-k8s.io", "-n", namespace)
    return Suspension(
        said=f"{short} is suspended until Kueue's queue {queue} admits it",
        evidence=(shown, label),
        fix=Fix(
            title=f"See what queue {queue} waits for: its quota, or those before it",
            edits=(Command(argv=look),),
            unprovable="only Kueue can tell when it admits a workload",
        ),
    )


def _field(workload: Workload) -> str:
    """The field that suspends a workload, "" where none does."""
    for field in _FIELDS:
        with suppress(LookupError):
            if FieldPath.parse(field).resolve(workload) is True:
                return field
    return ""

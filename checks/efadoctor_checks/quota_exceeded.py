"""A quota, or admission, keeps the pod from being created at all.

## What it checks

For a workload that has no pod: each ResourceQuota of its namespace against what one pod would
count for; the Pod Security level that the namespace enforces; resources that must have a limit
and have none. Where none of these explains it, and the workload's controller says that creating a
pod failed, that is what is found, in the words of the API server. A workload that is suspended, by
Kueue until its queue has room or by anybody else, makes no pod either.

## Why it matters

There is no Pending pod to look at: only the Job or ReplicaSet has a `FailedCreate` event, and it is
gone after an hour. `requests.vpc.amazonaws.com/efa` in a quota counts interfaces, 32 for one pod
on a p5.48xlarge.

## Evidence

The line of the quota, what is used of it, and what the pod would add; the field that admission
refuses; the event; the field that suspends the workload, and its queue.

## Fix

Raise the quota, or ask for less; give the resource a limit; allow what admission refuses, or do
without it.

## Sources

- https://kubernetes.io/docs/concepts/policy/resource-quotas/
- https://kubernetes.io/docs/concepts/security/pod-security-admission/
- https://kubernetes.io/docs/concepts/workloads/controllers/job/#suspending-a-job
- https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    Fix,
    ObjectRef,
    Stage,
    change_pod,
    check,
    reference,
)
from efadoctor.model.kubernetes import Event, Namespace, Pod, ResourceQuota, Workload
from efadoctor_checks._admission import Violation, insecure, invalid_resources
from efadoctor_checks._creation import creates_pods, failed_creates, pods_wanted, template_field
from efadoctor_checks._paths import every_path
from efadoctor_checks._quotas import evidence_of, overdrawn, raised
from efadoctor_checks._suspension import suspension


@check(
    "EFA115",
    stage=Stage.POD,
    needs=(ResourceQuota, Pod),
    uses=(Event, Namespace, Workload),
)
def quota_exceeded(case: Case) -> Iterator[Finding]:
    """One finding for each line of a quota, or for what else is refused."""
    if case.subject.kind == "Pod":
        return
    if (held := suspension(case)) is not None:
        fixes, shown = (held.fix,), held.evidence
        yield _finding(case, case.subject, held.said, evidence=shown, fixes=fixes, key="suspended")
    elif creates_pods(case):
        yield from [*_quotas(case), *_refusals(case)] or _events(case)


def _quotas(case: Case) -> Iterator[Finding]:
    for line in overdrawn(case):
        yield _finding(
            case,
            reference(line.quota),
            line.said,
            evidence=(evidence_of(line, "spec", "hard"), evidence_of(line, "status", "used")),
            fixes=(raised(line, pods_wanted(case)),),
            key=line.line,
        )


def _refusals(case: Case) -> Iterator[Finding]:
    for violation in (*insecure(case), *invalid_resources(case.pod)):
        yield _refused(case, violation)


def _refused(case: Case, violation: Violation) -> Finding:
    evidence = Evidence(
        object=case.subject, field=template_field(case, violation.field), value=violation.value
    )
    fixes = (
        change_pod(case.snapshot, case.pod, violation.edits, title="Set the limit that is missing")
        if violation.edits
        else (Fix(title="Do without it, or use a namespace that allows it", unprovable=_POLICY),)
    )
    said, key = violation.sentence, violation.field
    return _finding(case, case.subject, said, evidence=(evidence,), fixes=fixes, key=key)


_POLICY = "which of the two is right is a matter of policy"


def _events(case: Case) -> Iterator[Finding]:
    """What else was refused: quotas are read above, and an event of one may be out of date."""
    event = next((e for e in failed_creates(case) if _OF_A_QUOTA not in e.message), None)
    if event is not None:
        evidence = Evidence(
            object=reference(event), field="reason", value=event.reason, note=event.message
        )
        said = f"Creating a pod of {case.subject.short} was refused: {event.message}"
        fix = Fix(title="Correct what the API server refuses", unprovable=_ADMISSION)
        yield _finding(case, case.subject, said, evidence=(evidence,), fixes=(fix,), key="event")


_OF_A_QUOTA = "exceeded quota:"
"""https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go"""

_ADMISSION = "only the API server can tell what admission makes of it"


def _finding(
    case: Case,
    ref: ObjectRef,
    said: str,
    *,
    evidence: tuple[Evidence, ...],
    fixes: tuple[Fix, ...],
    key: str,
) -> Finding:
    return Finding(
        object=ref,
        summary=f"{said.rstrip('.')}.",
        evidence=evidence,
        chain=(f"{said.rstrip('.')}.", "So no pod is created, and there is nothing to schedule."),
        fixes=fixes,
        paths=every_path(case),
        change=Change.LIMIT_RAISED,
        key=key,
    )

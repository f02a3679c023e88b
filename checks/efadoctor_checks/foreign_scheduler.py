"""The pod waits for a scheduler that is not there.

## What it checks

`spec.schedulerName`. A name other than `default-scheduler` is served if some other pod with that
name is bound, if that scheduler has written an event, or if a workload in the cluster is called
so, or runs an image or a command that is. Where a scheduler of some other make runs, whose names
are in a file that nobody can see from here, nothing is said.

## Why it matters

kube-scheduler leaves the pods of other schedulers alone. Where none answers to the name, the pod
stays Pending without any condition or event at all.

## Evidence

The name in the pod's spec.

## Fix

Name the scheduler that runs. The field cannot change on an existing pod, so it is made anew.

## Sources

- https://kubernetes.io/docs/tasks/extend-kubernetes/configure-multiple-schedulers/
- https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
"""

from collections.abc import Iterator

from efadoctor.authoring import Case, Change, Evidence, Finding, Setting, Stage, change_pod, check
from efadoctor.model.kubernetes import DaemonSet, Event, Pod, Workload
from efadoctor.scheduling.spelling import nearest
from efadoctor_checks._paths import every_path
from efadoctor_checks._schedulers import DEFAULT_SCHEDULER, known_schedulers, may_be_served


@check("EFA102", stage=Stage.POD, needs=(Pod,), uses=(Event, Workload, DaemonSet))
def foreign_scheduler(case: Case) -> Iterator[Finding]:
    """A finding where nothing serves the pod's scheduler."""
    wanted = case.pod.spec.scheduler_name
    if wanted in ("", DEFAULT_SCHEDULER) or case.pod.spec.node_name:
        return
    if may_be_served(case.snapshot, wanted):
        return
    known = (DEFAULT_SCHEDULER, *known_schedulers(case.snapshot))
    near = nearest(wanted, known)
    right = near or DEFAULT_SCHEDULER
    yield Finding(
        object=case.pod_ref,
        summary=f"The pod waits for a scheduler called {wanted}, and nothing serves that name.",
        evidence=(
            Evidence(object=case.pod_ref, field="spec.schedulerName", value=wanted, expected=right),
        ),
        chain=(
            f"Nothing runs under the name {wanted}, and it has bound no pod that still exists.",
            "kube-scheduler leaves such a pod alone, without a condition or an event.",
        ),
        fixes=change_pod(
            case.snapshot,
            case.pod,
            (Setting("schedulerName", right),),
            title=f"Let {right} schedule the pod",
        ),
        paths=every_path(case),
        change=Change.SPELLING if near else Change.SELECTOR,
        key=wanted,
    )

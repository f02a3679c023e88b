"""A scheduling gate holds the pod back from the scheduler.

## What it checks

`spec.schedulingGates`. While it names any gate, neither the scheduler nor Karpenter looks at the
pod.

## Why it matters

A gated pod is Pending without a single FailedScheduling event, and no NodePool reacts to it: the
autoscaler only sees pods that the scheduler has refused. What removes the gate is a controller
(Kueue once it has admitted the workload, Grove once the whole gang exists), and if that is not
running, or out of quota, the gate stays.

## Evidence

Each gate where it stands in the pod.

## Fix

Find out why the gate's controller keeps it; take a gate away by hand only if nothing owns it.

## Sources

- https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/
- https://kueue.sigs.k8s.io/docs/concepts/workload/
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Command,
    Evidence,
    Finding,
    Fix,
    Removing,
    Stage,
    change_in_place,
    check,
)
from efadoctor.model.kubernetes import Pod, Workload
from efadoctor_checks._paths import every_path

# The domain of a gate, who owns it, and what to ask about a pod that keeps it.
OWNERS = {
    "kueue.x-k8s.io": ("Kueue", "workloads.kueue.x-k8s.io"),
    "grove.io": ("Grove", "podgangs.scheduler.grove.io"),
    "multiarch.openshift.io": ("the Multiarch Tuning Operator", "clusterpodplacementconfigs"),
}


@check("EFA101", stage=Stage.POD, uses=(Pod, Workload))
def scheduling_gated(case: Case) -> Iterator[Finding]:
    """One finding for each gate."""
    for index, gate in enumerate(case.pod.spec.scheduling_gates):
        at = f"schedulingGates[{index}]"
        owner, asked = OWNERS.get(gate.name.partition("/")[0], ("", ""))
        remover = f"{owner} removes it" if owner else "whoever set it must remove it"
        yield Finding(
            object=case.pod_ref,
            summary=f"The scheduling gate {gate.name} holds the pod back; {remover}.",
            evidence=(Evidence(object=case.pod_ref, field=f"spec.{at}.name", value=gate.name),),
            chain=(
                f"The pod still has the scheduling gate {gate.name}.",
                "The scheduler does not look at a gated pod, and so Karpenter does not either.",
            ),
            fixes=(*_asking(case, owner, asked), *_removing(case, at, gate.name, owner)),
            paths=every_path(case),
            change=Change.TOLERATION,
            key=gate.name,
        )


def _asking(case: Case, owner: str, asked: str) -> tuple[Fix, ...]:
    if not owner:
        return ()
    return (
        Fix(
            title=f"See why {owner} has not let the pod go",
            edits=(Command(argv=("kubectl", "get", asked, "-n", case.pod.metadata.namespace)),),
            unprovable=f"{owner} takes the gate away itself, by rules that it alone knows",
        ),
    )


def _removing(case: Case, at: str, gate: str, owner: str) -> tuple[Fix, ...]:
    warning = f"This overrides {owner}: its quota no longer counts the pod." if owner else ""
    return change_in_place(
        case.snapshot,
        case.pod,
        (Removing(at),),
        title=f"Remove the gate {gate}",
        warning=warning,
    )

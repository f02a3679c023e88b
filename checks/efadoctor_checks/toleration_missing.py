"""A taint of the node that the pod is meant for has no toleration in the pod.

## What it checks

Every `NoSchedule` and `NoExecute` taint on the nodes that could serve the pod, and on those that
a NodePool or node group would make, against the pod's tolerations. Taints that say how a node is
doing (not ready, cordoned, starting up) are other checks' business, and so is a toleration that
was nearly right (EFA105).

## Why it matters

The scheduler drops a node at its first untolerated taint and says only "untolerated taint(s)"; it
names neither the node nor the taint. What else is wrong on that node stays hidden until the
toleration is there.

## Evidence

The taint where it stands (the node, the NodePool's template, the node group) and the tolerations
that the pod has.

## Fix

Add the toleration. A Pending pod takes one more toleration in place; its owner's template needs
it too, or the next pod lacks it again.

## Sources

- https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
- https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement
"""

from collections.abc import Iterator

from efadoctor.authoring import Case, Change, Evidence, Finding, Stage, check
from efadoctor.model.aws import NodeGroup
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Pod, Workload
from efadoctor.model.pod_edits import add_toleration, toleration_for
from efadoctor_checks import _taints


@check("EFA104", stage=Stage.POD, needs=(Node,), uses=(NodePool, NodeGroup, Pod, Workload))
def toleration_missing(case: Case) -> Iterator[Finding]:
    """One finding for each taint that nothing in the pod nearly meets."""
    for found in _taints.in_the_way(case):
        if _taints.slip_for(case, found.taint) is not None:
            continue
        toleration = toleration_for(found.taint)
        tolerations = Evidence(
            object=case.pod_ref,
            field="spec.tolerations",
            value=case.pod.spec.tolerations,
            expected=toleration,
        )
        yield Finding(
            object=case.pod_ref,
            summary=f"The pod does not tolerate the taint {found.written}.",
            evidence=(_taints.taint_evidence(found), tolerations),
            chain=(
                f"{_taints.holder(found)} has the taint {found.written}.",
                "No toleration of the pod meets it, so the scheduler keeps the pod off.",
            ),
            fixes=add_toleration(
                case.snapshot, case.pod, toleration, title=f"Tolerate {found.written}"
            ),
            paths=found.path_ids,
            change=Change.TOLERATION,
            key=found.written,
        )

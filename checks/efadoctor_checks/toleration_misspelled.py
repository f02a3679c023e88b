"""A toleration was plainly meant for a taint and misses it.

## What it checks

Tolerations that meet no taint anywhere in the cluster, next to a taint that keeps the pod off:
the keys are equal once `amazon.com` stands for `amazonaws.com`, case and a `/name` suffix aside,
or within two edits; or the key is right and the value, operator or effect is not.

## Why it matters

Nothing rejects such a toleration: `vpc.amazon.com/efa` is as legal a key as
`vpc.amazonaws.com/efa`. It reads right, and the pod stays Pending.

## Evidence

The taint, and the field of the toleration that differs, with what it should be.

## Fix

Add the toleration that meets the taint; a Pending pod takes it in place. The wrong one does no
harm there, and is put right in the owner's template.

## Sources

- https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
- https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement
"""

from collections.abc import Iterator

from efadoctor.authoring import Case, Change, Evidence, Finding, Stage, check
from efadoctor.model.aws import NodeGroup
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Pod, Workload
from efadoctor.model.pod_edits import Setting, add_toleration, toleration_for
from efadoctor_checks import _taints


@check("EFA105", stage=Stage.POD, needs=(Node,), uses=(NodePool, NodeGroup, Pod, Workload))
def toleration_misspelled(case: Case) -> Iterator[Finding]:
    """One finding for each taint that a toleration nearly meets."""
    for found in _taints.in_the_way(case):
        slip = _taints.slip_for(case, found.taint)
        if slip is None:
            continue
        at = f"tolerations[{slip.index}]"
        right = toleration_for(found.taint)
        written = Evidence(
            object=case.pod_ref,
            field=f"spec.{at}.{slip.field}",
            value=slip.value or None,
            expected=slip.expected,
            note=f"meets no taint in the cluster; the taint is {found.written}",
        )
        yield Finding(
            object=case.pod_ref,
            summary=(
                f"The pod tolerates {slip.field} {slip.value or '(none)'!r} where the taint has "
                f"{slip.expected!r} ({found.written})."
            ),
            evidence=(written, _taints.taint_evidence(found)),
            chain=(
                f"{_taints.holder(found)} has the taint {found.written}.",
                (
                    f"The toleration meant for it ({_taints.as_written(slip.toleration)}) does not "
                    "meet it, so the scheduler keeps the pod off."
                ),
            ),
            fixes=add_toleration(
                case.snapshot,
                case.pod,
                right,
                title=f"Tolerate {found.written}",
                in_template=(Setting(at, right),),
            ),
            paths=found.path_ids,
            change=Change.SPELLING,
            key=found.written,
        )

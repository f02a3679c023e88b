"""The pod asks for a resource under a name that nothing has.

## What it checks

The names of all limits and requests against those that nodes advertise, that instance types
bring and that device plugins are known to use. A name that none of them has, and that is near one
of them (`vpc.amazon.com/efa`, `nvidia.com/gpus`, a bare `efa`), was meant for it. Names that are
unknown and near nothing are left alone.

## Why it matters

The API server stores any resource name with a domain. No node ever has it, so the pod waits for
good, and the scheduler's "Insufficient vpc.amazon.com/efa" reads like missing hardware. A name
without a domain the scheduler even ignores: the pod would run without EFA.

## Evidence

The limit or request that has the name, and the name that was meant.

## Fix

Ask under the right name. Resources cannot change on an existing pod, so it is made anew.

## Sources

- https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources
- https://docs.aws.amazon.com/eks/latest/userguide/node-efa.html
- https://github.com/NVIDIA/k8s-device-plugin
"""

from collections.abc import Iterator

from efadoctor.authoring import Case, Change, Evidence, Finding, Stage, change_pod, check
from efadoctor.model.karpenter import NodeClaim
from efadoctor.model.kubernetes import Node, Pod, Workload
from efadoctor.scheduling.resource_names import misspelled
from efadoctor_checks._paths import every_path
from efadoctor_checks._requests import asks, renaming


@check("EFA103", stage=Stage.POD, needs=(Node,), uses=(NodeClaim, Pod, Workload))
def resource_name_misspelled(case: Case) -> Iterator[Finding]:
    """One finding for each name."""
    if case.pod.spec.node_name:
        return
    for wrong, right in misspelled(case.snapshot, case.pod).items():
        evidence = tuple(
            Evidence(object=case.pod_ref, field=ask.field, value=ask.value, expected=right)
            for ask in asks(case.pod, wrong)
        )
        yield Finding(
            object=case.pod_ref,
            summary=f"The pod asks for {wrong}; the resource is called {right}.",
            evidence=evidence,
            chain=(
                f"No node advertises {wrong} and no instance type brings it.",
                "So no node ever has enough of it, and none that is made for the pod will.",
            ),
            fixes=change_pod(
                case.snapshot,
                case.pod,
                renaming(case.pod, wrong, right),
                title=f"Ask for {right} instead of {wrong}",
            ),
            paths=every_path(case),
            change=Change.SPELLING,
            key=wrong,
        )

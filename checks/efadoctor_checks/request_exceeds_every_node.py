"""The pod asks for more than any node or instance type could ever offer.

## What it checks

Each request of the pod (its containers and init containers together) against the most that any
node advertises and any instance type known to EC2 offers: 33 EFA interfaces, where no type has
more than 32; 192 CPUs, of which a p5.48xlarge keeps some for itself. Requests that are each fine,
but that no type has together, count as well, and so does a resource that nothing has at all.
Huge pages are another check's business (EFA108), a type that one NodePool leaves out is EFA205's.

## Why it matters

No change of nodes, NodePools or limits will ever help. The scheduler says "Insufficient", as if
it were a matter of waiting.

## Evidence

The limit or request in the pod, and the most that there is.

## Fix

Ask for what one node can have; spread the rest over more pods.

## Sources

- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html#efa-instance-types
- https://karpenter.sh/docs/reference/instance-types/
- https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
"""

from collections.abc import Iterator

from efadoctor.authoring import Case, Change, Evidence, Finding, Stage, check
from efadoctor.model.aws import InstanceTypeInfo
from efadoctor.model.kubernetes import DaemonSet, Node, Pod, Workload
from efadoctor_checks._excess import Excess, excesses
from efadoctor_checks._excess_fixes import fixes
from efadoctor_checks._paths import counted, every_path, quantity
from efadoctor_checks._requests import asks


@check(
    "EFA107",
    stage=Stage.POD,
    needs=(Node,),
    uses=(InstanceTypeInfo, Pod, Workload, DaemonSet),
)
def request_exceeds_every_node(case: Case) -> Iterator[Finding]:
    """One finding for each resource."""
    if case.pod.spec.node_name:
        return
    for excess in excesses(case):
        resource = excess.resource
        best = quantity(resource, excess.most)
        evidence = tuple(
            Evidence(object=case.pod_ref, field=a.field, value=a.value, expected=f"at most {best}")
            for a in asks(case.pod, resource)
        )
        yield Finding(
            object=case.pod_ref,
            summary=_summary(excess),
            evidence=evidence,
            chain=(
                _summary(excess),
                "So no node that exists or could be made ever has room for the pod.",
            ),
            fixes=fixes(case, excess),
            paths=every_path(case),
            change=Change.SELECTOR,
            key=resource,
        )


def _summary(excess: Excess) -> str:
    asked = counted(excess.resource, excess.requested)
    if not excess.most and not excess.beside:
        return f"The pod asks for {asked}; no node advertises any and no instance type brings it."
    beside = f" beside its {' and '.join(excess.beside)}" if excess.beside else ""
    most = quantity(excess.resource, excess.most)
    where = f" ({excess.holder})" if excess.holder else ""
    return f"The pod asks for {asked}{beside}; the most that one node can have is {most}{where}."

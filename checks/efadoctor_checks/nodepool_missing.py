"""No NodePool and no node group could make a node that serves the pod.

## What it checks

Whether any node that exists, any NodePool or any managed node group has, or could have, the EFA
interfaces and GPUs that the pod asks for. Where one is meant for such pods and merely leaves the
fitting types out, that is EFA205's business.

## Why it matters

A pod for EFA on a cluster whose NodePools are all for CPU pods waits for capacity that nobody has
provided for. Karpenter says "no instance type has enough resources" of pools that were never meant.

## Evidence

What the pod asks for; the NodePools that there are.

## Fix

Make a NodePool of a type that serves the pod, with an EC2NodeClass that is ready; without
Karpenter, a node group whose launch template has EFA interfaces.

## Sources

- https://karpenter.sh/docs/concepts/nodepools/
- https://docs.aws.amazon.com/eks/latest/userguide/node-efa.html
- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html#efa-instance-types
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    ObjectRef,
    Path,
    Stage,
    check,
)
from efadoctor.model.aws import (
    InstanceTypeInfo,
    InstanceTypeOffering,
    NodeGroup,
    NodeGroupName,
)
from efadoctor.model.finding import PathKind
from efadoctor.model.karpenter import EC2NodeClass, NodePool
from efadoctor.model.kubernetes import DaemonSet, Node, Pod
from efadoctor.scheduling.devices import Device
from efadoctor_checks._new_nodepool import NAME, new_nodepool
from efadoctor_checks._paths import counted, every_path, groups_are_known
from efadoctor_checks._requests import asks


@check(
    "EFA201",
    stage=Stage.PROVISIONING,
    needs=(Node, NodePool),
    uses=(
        NodeGroup,
        NodeGroupName,
        EC2NodeClass,
        InstanceTypeInfo,
        InstanceTypeOffering,
        DaemonSet,
        Pod,
    ),
)
def nodepool_missing(case: Case) -> Iterator[Finding]:
    """A finding where the only way in is one that nobody has made."""
    missing = next((p for p in case.paths if _is_missing(p)), None)
    asked = [d.value for d in Device if case.demand.get(d.value)]
    if missing is None or not asked or not groups_are_known(case.snapshot):
        return
    wanted = " and ".join(counted(r, case.demand[r]) for r in asked)
    pools = [p.metadata.name for p in case.snapshot.all(NodePool)]
    yield Finding(
        object=ObjectRef("karpenter.sh/v1", "NodePool", "", NAME),
        summary=f"No NodePool or node group could make a node with {wanted}.",
        evidence=tuple(
            Evidence(
                object=case.pod_ref,
                field=a.field,
                value=a.value,
                note=f"NodePools: {', '.join(pools) or 'none'}",
            )
            for r in asked
            for a in asks(case.pod, r)
        ),
        chain=(
            f"The pod asks for {wanted}.",
            "No node has that, and no NodePool or node group allows a type that does.",
        ),
        fixes=new_nodepool(case),
        paths=frozenset({missing.id}) & every_path(case),
        change=Change.BOUGHT,
    )


def _is_missing(path: Path) -> bool:
    return path.id.kind is PathKind.NODEPOOL and path.hypothetical and path.pool is None

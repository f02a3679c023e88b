"""A placement group was made for the cluster, and nothing launches into it.

## What it checks

Available placement groups of the cluster strategy that belong to this cluster by name or tag: some
NodeClass, launch template, Auto Scaling group, capacity reservation or running instance should name
them.

## Why it matters

The group does nothing by existing. Instances that nobody told about it land anywhere in the zone,
and the latency that it was made for is not there; the pod runs all the same.

## Evidence

The group, and the NodeClass (or launch template) that could name it and does not.

## Fix

Karpenter 1.11 and newer have `spec.placementGroupSelector` in the EC2NodeClass; its role then needs
`ec2:DescribePlacementGroups`. Older ones cannot: use a node group whose launch template names the
group. Setting the field replaces the NodeClass's nodes, and one group means one zone: capacity is
harder to get.

## Sources

- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-strategies.html
- https://karpenter.sh/docs/concepts/nodeclasses/
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Evidence,
    EvidenceSource,
    Finding,
    Fix,
    Risk,
    Severity,
    Stage,
    Untold,
    check,
    reference,
)
from efadoctor.model.aws import (
    AutoScalingGroup,
    CapacityReservation,
    PlacementGroup,
    Reservation,
)
from efadoctor.model.edits import set_field
from efadoctor.model.karpenter import CustomResourceDefinition, EC2NodeClass
from efadoctor_checks import (
    _efa_demand,
    _fabric,
    _placement,
    _placement_use,
    _unread_templates,
)


@check(
    "EFA703",
    stage=Stage.PLACEMENT,
    severity=Severity.WARNING,
    needs=(PlacementGroup, EC2NodeClass, Reservation),
    uses=(
        *_fabric.FACTS,
        *_placement.NAMING,
        AutoScalingGroup,
        CapacityReservation,
        CustomResourceDefinition,
    ),
)
def placement_group_unused(case: Case) -> Iterator[Finding | Untold]:
    """One finding for each group of the cluster that nothing uses."""
    if not _efa_demand.asks_for_efa(case):
        return
    unread = tuple(_unread_templates.of_cluster(case))
    for group in case.snapshot.all(PlacementGroup):
        if _placement_use.is_ours(case, group) and not _placement_use.is_used(case, group):
            yield from unread or (_finding(case, group),)


def _finding(case: Case, group: PlacementGroup) -> Finding:
    evidence = [
        Evidence(
            object=reference(group),
            field="GroupName",
            value=group.group_name,
            source=EvidenceSource.AWS,
            note="no instance, NodeClass, launch template or reservation is in it",
        )
    ]
    nodeclasses = (_fabric.nodeclass_of(case, p) for p in _fabric.serving(case))
    nodeclass = next(
        (n for n in nodeclasses if n is not None and _placement.of_nodeclass(n) is None), None
    )
    fixes: tuple[Fix, ...] = ()
    if nodeclass is not None:
        selector = "spec.placementGroupSelector"
        evidence.append(
            Evidence(
                object=reference(nodeclass), field=selector, expected={"name": group.group_name}
            )
        )
        if _placement_use.has_selector(case):
            fixes = (
                Fix(
                    title=f"Launch the nodes of NodeClass {nodeclass.metadata.name} into it",
                    edits=(set_field(nodeclass, selector, {"name": group.group_name}),),
                    risk=Risk.REPLACES_NODES,
                    warning=(
                        "Drift replaces the NodeClass's nodes; one group is one zone, and a full "
                        "zone then means insufficient capacity."
                    ),
                ),
            )
    if not fixes:
        named = f"Name {group.group_name} in what launches the nodes (Karpenter 1.11 or a template)"
        fixes = (Fix(title=named, unprovable="what launches the nodes has no field for it here"),)
    return Finding(
        object=reference(group),
        summary=f"Nothing launches into placement group {group.group_name}.",
        evidence=tuple(evidence),
        chain=("Instances are placed anywhere in the zone; EFA works, with more hops than meant.",),
        fixes=fixes,
    )

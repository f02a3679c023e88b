"""The placement group spreads instances apart instead of packing them.

## What it checks

The strategy of the placement group that the pod's nodes are, or would be, launched into.

## Why it matters

`spread` and `partition` put instances on different hardware on purpose: the opposite of what
collective communication over EFA wants. `spread` takes seven instances a zone at most, too.

## Evidence

The group's strategy, and the field that names the group.

## Fix

Make a group with the strategy `cluster` and name that one: a group's strategy cannot be changed.

## Sources

- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-strategies.html
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    AwsCall,
    Case,
    Evidence,
    EvidenceSource,
    Finding,
    Fix,
    Risk,
    Severity,
    Stage,
    check,
    reference,
)
from efadoctor.model.aws import LaunchTemplateVersion, PlacementGroup
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor_checks import _fabric, _placement


@check(
    "EFA702",
    stage=Stage.PLACEMENT,
    severity=Severity.WARNING,
    needs=(PlacementGroup,),
    uses=(EC2NodeClass, LaunchTemplateVersion),
)
def placement_group_not_cluster(case: Case) -> Iterator[Finding]:
    """One finding for each group of another strategy."""
    if not _fabric.asks_for_efa(case):
        return
    for naming in _placement.named_by_paths(case):
        group = _placement.group_named(case, naming)
        if group is None or group.strategy == _placement.CLUSTER:
            continue
        name = f"{group.group_name}-cluster"
        create = AwsCall(
            service="ec2",
            operation="create-placement-group",
            parameters={"GroupName": name, "Strategy": _placement.CLUSTER},
            duplicate_error="InvalidPlacementGroup.Duplicate",
        )
        yield Finding(
            object=reference(group),
            summary=(
                f"Placement group {group.group_name} has the strategy {group.strategy}, "
                "which spreads instances apart."
            ),
            evidence=(
                Evidence(
                    object=reference(group),
                    field="Strategy",
                    value=group.strategy,
                    expected=_placement.CLUSTER,
                    source=EvidenceSource.AWS,
                ),
                Evidence(
                    object=naming.object,
                    field=naming.field,
                    value=naming.wanted,
                    source=naming.source,
                ),
            ),
            chain=("EFA works between the nodes, with more hops than in a cluster group.",),
            fixes=(
                Fix(
                    title=f"Make the cluster group {name}, then name it in {naming.object.short}",
                    edits=(create,),
                    risk=Risk.REPLACES_NODES,
                    warning="Naming another group replaces the nodes that are in this one.",
                ),
            ),
        )

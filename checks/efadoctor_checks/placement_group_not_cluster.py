"""The placement group spreads instances apart instead of packing them.

## What it checks

The strategy of the placement group that the pod's nodes are in, or would be launched into: by their
NodeClass or launch template, or by the instances themselves.

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
from efadoctor.model.aws import LaunchTemplateVersion, NodeGroup, PlacementGroup
from efadoctor.model.edits import set_field
from efadoctor.model.fix import Edit
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor.model.reference import AwsKind
from efadoctor.scheduling.nodegroups import launch_template
from efadoctor_checks import _efa_demand, _fabric, _launch_template_fixes, _placement
from efadoctor_checks._placement import Naming


@check(
    "EFA702",
    stage=Stage.PLACEMENT,
    severity=Severity.WARNING,
    needs=(PlacementGroup,),
    uses=(*_fabric.FACTS, *_placement.NAMING),
)
def placement_group_not_cluster(case: Case) -> Iterator[Finding]:
    """One finding for each group of another strategy."""
    if not _efa_demand.asks_for_efa(case):
        return
    seen: set[str] = set()
    for naming in (*_placement.named_by_paths(case), *_placement.entered_by_nodes(case)):
        group = _placement.group_named(case, naming)
        if group is None or group.strategy == _placement.CLUSTER or group.group_name in seen:
            continue
        seen.add(group.group_name)
        yield _finding(case, naming, group)


def _finding(case: Case, naming: Naming, group: PlacementGroup) -> Finding:
    return Finding(
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
            naming.evidence,
        ),
        chain=("EFA works between the nodes, with more hops than in a cluster group.",),
        fixes=(_fix(case, naming, f"{group.group_name}-cluster"),),
    )


def _fix(case: Case, naming: Naming, name: str) -> Fix:
    """A group's strategy cannot change: another is made, and named instead."""
    edits: list[Edit] = [
        AwsCall(
            service="ec2",
            operation="create-placement-group",
            parameters={"GroupName": name, "Strategy": _placement.CLUSTER},
            duplicate_error="InvalidPlacementGroup.Duplicate",
        )
    ]
    nodeclass = case.snapshot.get(EC2NodeClass, naming.object.name)
    if nodeclass is not None and naming.object == reference(nodeclass):
        edits.append(set_field(nodeclass, "spec.placementGroupSelector", {"name": name}))
    warning = (
        "Naming another group replaces the nodes that are in this one; a cluster group is one "
        "zone, and a full zone then means insufficient capacity."
    )
    for group, template in _launched_with(case, naming):
        edits.extend(_launch_template_fixes.naming_placement_group(group, template, name))
        warning += f" What else {template.launch_template_name} says of placement is replaced."
    is_named = len(edits) > 1
    by_instance = naming.object.kind == AwsKind.INSTANCE.value
    where = f"what launches {naming.object.name}" if by_instance else naming.object.short
    return Fix(
        title=f"Make the cluster group {name} and name it in {where}",
        edits=tuple(edits),
        risk=Risk.REPLACES_NODES,
        warning=warning,
        unprovable="" if is_named else "the launch template needs a new version that names it",
    )


def _launched_with(case: Case, naming: Naming) -> Iterator[tuple[NodeGroup, LaunchTemplateVersion]]:
    """The node groups whose launch template is what names the group, with that template."""
    for group in case.snapshot.all(NodeGroup):
        template = launch_template(case.snapshot, group)
        if template is not None and reference(template) == naming.object:
            yield group, template

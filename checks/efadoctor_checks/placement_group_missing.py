"""A NodeClass or launch template names a placement group that is not there, or not available.

## What it checks

The group that the NodeClass (by name or id) or launch template of a way in names: EC2 should list
it, in the state `available`.

## Why it matters

Karpenter resolves only available groups: a NodeClass whose group is missing is not ready and
launches nothing (EFA203). A launch template with a missing group fails at every launch.

## Evidence

The field that names the group, and the group's state where it exists.

## Fix

Make the group (a new one takes effect within minutes), or name one that exists: where one is
spelled nearly so, that is the alternative.

## Sources

- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-strategies.html
- https://karpenter.sh/docs/concepts/nodeclasses/
"""

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import (
    AwsCall,
    Case,
    Evidence,
    EvidenceSource,
    Finding,
    Fix,
    ObjectRef,
    Risk,
    Severity,
    Stage,
    Untold,
    check,
    reference,
)
from efadoctor.model.aws import PlacementGroup
from efadoctor.model.edits import set_field
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor.scheduling.spelling import nearest
from efadoctor_checks import _fabric, _placement, _unread_templates
from efadoctor_checks._placement import Naming


@check(
    "EFA701",
    stage=Stage.PLACEMENT,
    severity=Severity.WARNING,
    needs=(PlacementGroup,),
    uses=(*_fabric.FACTS, *_placement.NAMING),
)
def placement_group_missing(case: Case) -> Iterator[Finding | Untold]:
    """One finding for each named group that cannot be launched into."""
    for naming in _placement.named_by_paths(case):
        group = _placement.group_named(case, naming)
        if group is None:
            yield _missing(case, naming)
        elif group.state != _placement.AVAILABLE:
            yield _not_available(naming, group)
    yield from _unread_templates.of_ways_in(case)


def _missing(case: Case, naming: Naming) -> Finding:
    groups = case.snapshot.all(PlacementGroup)
    names = sorted(g.group_id if naming.by_id else g.group_name for g in groups)
    near = nearest(naming.wanted, names)
    note = f"there is {near}" if near else "no group of that name or id exists here"
    evidence = msgspec.structs.replace(naming.evidence, expected=near, note=note)
    return Finding(
        object=ObjectRef("aws/ec2", "PlacementGroup", "", naming.wanted),
        summary=f"{naming.object.short} names placement group {naming.wanted}: there is none.",
        evidence=(evidence,),
        chain=("Nothing can be launched into a group that does not exist.",),
        fixes=(*_made(naming), *_renamed(case, naming, near)),
    )


def _made(naming: Naming) -> tuple[Fix, ...]:
    """An id cannot be chosen, so only a group that is named can be made."""
    if naming.by_id:
        return ()
    create = AwsCall(
        service="ec2",
        operation="create-placement-group",
        parameters={"GroupName": naming.wanted, "Strategy": _placement.CLUSTER},
        duplicate_error="InvalidPlacementGroup.Duplicate",
    )
    return (Fix(title=f"Make the cluster placement group {naming.wanted}", edits=(create,)),)


def _renamed(case: Case, naming: Naming, near: str | None) -> tuple[Fix, ...]:
    nodeclass = case.snapshot.get(EC2NodeClass, naming.object.name)
    if near is None or nodeclass is None or naming.object != reference(nodeclass):
        return ()
    return (
        Fix(
            title=f"Name {near} in NodeClass {nodeclass.metadata.name}",
            edits=(set_field(nodeclass, naming.field, near),),
            risk=Risk.REPLACES_NODES,
            warning="Drift replaces the nodes of the NodeClass.",
        ),
    )


def _not_available(naming: Naming, group: PlacementGroup) -> Finding:
    state = Evidence(
        object=reference(group),
        field="State",
        value=group.state,
        expected=_placement.AVAILABLE,
        source=EvidenceSource.AWS,
    )
    return Finding(
        object=reference(group),
        summary=f"Placement group {group.group_name} is {group.state}, not available.",
        evidence=(state, naming.evidence),
        chain=("Karpenter and EC2 launch only into groups that are available.",),
        fixes=(
            Fix(
                title=f"Wait while {group.group_name} is pending; else make a group anew",
                unprovable="EC2 decides when a group becomes available",
            ),
        ),
        key=group.state,
    )

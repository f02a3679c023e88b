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

Make the group (a new one takes effect within minutes), or name one that exists.

## Sources

- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-strategies.html
- https://karpenter.sh/docs/concepts/nodeclasses/
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    AwsCall,
    Case,
    Evidence,
    EvidenceSource,
    Finding,
    Fix,
    ObjectRef,
    Severity,
    Stage,
    check,
    reference,
)
from efadoctor.model.aws import LaunchTemplateVersion, PlacementGroup
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor_checks import _placement
from efadoctor_checks._placement import Naming


@check(
    "EFA701",
    stage=Stage.PLACEMENT,
    severity=Severity.WARNING,
    needs=(PlacementGroup,),
    uses=(EC2NodeClass, LaunchTemplateVersion),
)
def placement_group_missing(case: Case) -> Iterator[Finding]:
    """One finding for each named group that cannot be launched into."""
    for naming in _placement.named_by_paths(case):
        group = _placement.group_named(case, naming)
        if group is None:
            yield _missing(naming)
        elif group.state != _placement.AVAILABLE:
            yield _not_available(naming, group)


def _naming_evidence(naming: Naming) -> Evidence:
    return Evidence(
        object=naming.object, field=naming.field, value=naming.wanted, source=naming.source
    )


def _missing(naming: Naming) -> Finding:
    create = AwsCall(
        service="ec2",
        operation="create-placement-group",
        parameters={"GroupName": naming.wanted, "Strategy": "cluster"},
        duplicate_error="InvalidPlacementGroup.Duplicate",
    )
    made = Fix(title=f"Make the cluster placement group {naming.wanted}", edits=(create,))
    return Finding(
        object=ObjectRef("aws/ec2", "PlacementGroup", "", naming.wanted),
        summary=f"{naming.object.short} names placement group {naming.wanted}: there is none.",
        evidence=(_naming_evidence(naming),),
        chain=("Nothing can be launched into a group that does not exist.",),
        fixes=() if naming.by_id else (made,),
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
        evidence=(_naming_evidence(naming), state),
        chain=("Karpenter and EC2 launch only into groups that are available.",),
        key=group.state,
    )

"""The placement group lies in a zone in which the nodes may not be launched.

## What it checks

The zone of the group that a NodePool or node group would launch into, learned from the instances
in it, against the zones that the NodePool's requirements, its NodeClass's subnets and the pod
leave. A group without instances has no zone yet and fits any.

## Why it matters

A cluster placement group lies in one zone, which its first instance decided. EC2 answers
"insufficient capacity" for every other zone, and Karpenter tries the other zones all the same: it
does not know the group's zone.

## Evidence

An instance in the group with its zone, and the requirement (or subnets) that exclude that zone.

## Fix

Allow the group's zone in the NodePool (and have a subnet there), or give this NodePool a group of
its own.

## Sources

- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-strategies.html
- https://karpenter.sh/docs/concepts/nodeclasses/
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    EvidenceSource,
    Finding,
    Fix,
    Path,
    Risk,
    Stage,
    check,
    reference,
)
from efadoctor.model.aws import (
    Instance,
    LaunchTemplateVersion,
    PlacementGroup,
    Reservation,
    Subnet,
)
from efadoctor.model.edits import set_field
from efadoctor.model.fix import Edit
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor_checks import _placement, _zones


@check(
    "EFA704",
    stage=Stage.PLACEMENT,
    needs=(PlacementGroup, Reservation),
    uses=(EC2NodeClass, LaunchTemplateVersion, Subnet),
)
def placement_group_zone_mismatch(case: Case) -> Iterator[Finding]:
    """One finding for each group that a way in can never launch into."""
    for path in case.paths:
        naming = _placement.of_path(case, path) if path.hypothetical else None
        group = _placement.group_named(case, naming) if naming is not None else None
        if group is None or group.strategy != _placement.CLUSTER:
            continue
        inside = next(_placement.instances_in(case, group), None)
        allowed = _zones.allowed(case, path)
        if inside is not None and allowed and inside.placement.availability_zone not in allowed:
            yield _finding(case, path, group, inside, allowed)


def _finding(
    case: Case, path: Path, group: PlacementGroup, inside: Instance, allowed: frozenset[str]
) -> Finding:
    zone = inside.placement.availability_zone
    zones = ", ".join(sorted(allowed))
    return Finding(
        object=reference(group),
        summary=(
            f"Placement group {group.group_name} lies in {zone}; {path.id.kind_name} "
            f"{path.id.name} launches only in {zones}."
        ),
        evidence=(
            Evidence(
                object=reference(inside),
                field="Placement.AvailabilityZone",
                value=zone,
                source=EvidenceSource.AWS,
                note=f"in the group {group.group_name}",
            ),
            _zones.evidence(case, path),
        ),
        chain=(
            f"The first instance in {group.group_name} fixed its zone: {zone}.",
            f"EC2 has no capacity in that group for a launch in {zones}.",
        ),
        fixes=_fixes(path, zone),
        paths=frozenset({path.id}),
        change=Change.POOL_FIELD,
        key=path.id.name,
    )


def _fixes(path: Path, zone: str) -> tuple[Fix, ...]:
    found = _zones.requirement_of(path)
    if path.pool is None or found is None:
        return (Fix(title=f"Launch in {zone}, or into a group of its own"),)
    index, _ = found
    field = f"spec.template.spec.requirements[{index}].values"
    edits: tuple[Edit, ...] = (set_field(path.pool, field, [zone]),)
    warning = "Karpenter replaces nodes of the NodePool that are in other zones."
    title = f"Let NodePool {path.id.name} launch in {zone}"
    return (Fix(title=title, edits=edits, risk=Risk.REPLACES_NODES, warning=warning),)

"""The placement group lies in a zone in which the nodes may not be launched.

## What it checks

The zone of the cluster group that a NodePool or node group would launch into, learned from the
instances in it or the capacity reservations made in it, against the zones that requirements,
subnets, EC2's offerings and the pod leave. A group that nothing is in has no zone yet and fits any.

## Why it matters

A cluster placement group lies in one zone, which its first instance decided. EC2 answers
"insufficient capacity" for every other zone, and Karpenter tries the other zones all the same: it
does not know the group's zone.

## Evidence

An instance (or reservation) in the group with its zone, and the requirement or the subnets that
exclude that zone.

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
    Finding,
    Path,
    Stage,
    check,
    reference,
)
from efadoctor.model.aws import (
    CapacityReservation,
    InstanceTypeOffering,
    PlacementGroup,
    Reservation,
)
from efadoctor_checks import _fabric, _paths, _placement, _zones
from efadoctor_checks._placement import Residence
from efadoctor_checks._placement_fixes import other_group, same_zone


@check(
    "EFA704",
    stage=Stage.PLACEMENT,
    needs=(PlacementGroup, Reservation),
    uses=(
        *_fabric.FACTS,
        *_placement.NAMING,
        *_zones.FACTS,
        CapacityReservation,
        InstanceTypeOffering,
    ),
    explains=("capacity-unavailable", "launch-refused"),
)
def placement_group_zone_mismatch(case: Case) -> Iterator[Finding]:
    """One finding for each group that a way in can never launch into."""
    for path in case.paths:
        if not path.hypothetical or path.claim is not None:
            continue
        naming = _placement.of_path(case, path)
        group = _placement.group_named(case, naming) if naming is not None else None
        if group is None or group.strategy != _placement.CLUSTER:
            continue
        found = _placement.residence(case, group)
        allowed = _zones.reachable(case, path)
        if found is not None and allowed and found.zone not in allowed:
            yield _finding(case, path, group, found, allowed)


def _finding(
    case: Case, path: Path, group: PlacementGroup, found: Residence, allowed: frozenset[str]
) -> Finding:
    zones = ", ".join(sorted(allowed))
    return Finding(
        object=reference(group),
        summary=(
            f"Placement group {group.group_name} lies in {found.zone}; {_paths.named(path)} "
            f"launches only in {zones}."
        ),
        evidence=(found.evidence, _zones.evidence(case, path)),
        chain=(
            f"What is in {group.group_name} already has fixed its zone: {found.zone}.",
            f"EC2 has no capacity in that group for a launch in {zones}.",
        ),
        fixes=(*same_zone(case, path, found.zone), other_group(case, path, group, allowed)),
        paths=frozenset({path.id}),
        change=Change.POOL_FIELD,
        key=path.id.name,
    )

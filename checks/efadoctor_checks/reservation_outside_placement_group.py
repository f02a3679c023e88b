"""A capacity reservation was made outside the placement group that the nodes go into.

## What it checks

Active reservations with free instances that the pod's nodes are meant to use (those that the
NodeClass selects, or that a node group's template targets or matches openly): where the NodeClass
or launch template names a placement group, the reservation must have been made in it.

## Why it matters

A launch into a group uses only reservations made in that group. EC2 then says "insufficient
capacity" while paid capacity stands idle.

## Evidence

The reservation's placement group (or that it has none), and the field that names the group.

## Fix

Do not name a group where reserved capacity is used (capacity blocks are close together already), or
make the reservation in the group.

## Sources

- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/cr-cpg.html
- https://karpenter.sh/docs/tasks/odcrs/
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
    check,
    reference,
)
from efadoctor.model.aws import CapacityReservation, PlacementGroup
from efadoctor.model.edits import remove_field
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor_checks import _fabric, _placement, _reserved_for, _zones
from efadoctor_checks._placement import Naming


@check(
    "EFA706",
    stage=Stage.PLACEMENT,
    severity=Severity.WARNING,
    needs=(CapacityReservation,),
    uses=(*_fabric.FACTS, *_placement.NAMING, *_zones.FACTS, PlacementGroup),
)
def reservation_outside_placement_group(case: Case) -> Iterator[Finding]:
    """One finding for each idle reservation that a group keeps from being used."""
    seen: set[str] = set()
    for path in _fabric.serving(case):
        naming = _placement.of_path(case, path)
        if naming is None:
            continue
        for reservation in _reserved_for.meant_for(case, path):
            known = reservation.capacity_reservation_id in seen
            if not known and _reserved_for.is_outside(case, reservation, naming):
                seen.add(reservation.capacity_reservation_id)
                yield _finding(case, reservation, naming)


def _finding(case: Case, reservation: CapacityReservation, naming: Naming) -> Finding:
    identity = reservation.capacity_reservation_id
    idle = f"{reservation.available_instance_count} {reservation.instance_type} idle"
    return Finding(
        object=reference(reservation),
        summary=(
            f"Capacity reservation {identity} was made outside placement group {naming.wanted}, "
            "so that launches into the group cannot use it."
        ),
        evidence=(
            Evidence(
                object=reference(reservation),
                field="PlacementGroupArn",
                value=reservation.placement_group_arn or None,
                expected=f"placement-group/{naming.wanted}",
                source=EvidenceSource.AWS,
                note=idle,
            ),
            naming.evidence,
        ),
        chain=("EC2 takes a launch into a group only from reservations made in it.",),
        fixes=(
            *_without_group(case, naming),
            Fix(
                title=f"Make a reservation in {naming.wanted}, and give this one back",
                risk=Risk.COSTS_MONEY,
                unprovable="capacity that EC2 may or may not have",
            ),
        ),
    )


def _without_group(case: Case, naming: Naming) -> tuple[Fix, ...]:
    nodeclass = case.snapshot.get(EC2NodeClass, naming.object.name)
    if nodeclass is None or naming.object != reference(nodeclass):
        return ()
    return (
        Fix(
            title=f"Name no placement group in NodeClass {nodeclass.metadata.name}",
            edits=(remove_field(nodeclass, "spec.placementGroupSelector"),),
            risk=Risk.REPLACES_NODES,
            warning="Drift replaces the nodes of the NodeClass that are in the group.",
        ),
    )

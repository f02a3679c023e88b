"""A capacity reservation was made outside the placement group that the nodes go into.

## What it checks

Active reservations with free instances, of a type that the NodePool may launch, which the NodeClass
selects or which are open to any launch: where the NodeClass or launch template names a placement
group, the reservation must have been made in it.

## Why it matters

A launch into a group uses only reservations made in that group. EC2 then says "insufficient
capacity" while paid capacity stands idle.

## Evidence

The reservation's placement group (or that it has none), and the field that names the group.

## Fix

Make the reservation in the group, or do not name a group where reserved capacity is used: capacity
blocks are close together already.

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
    Path,
    Severity,
    Stage,
    check,
    reference,
)
from efadoctor.model.aws import CapacityReservation, LaunchTemplateVersion, PlacementGroup
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor.scheduling.nodegroups import instance_type
from efadoctor_checks import _fabric, _placement
from efadoctor_checks._placement import Naming


@check(
    "EFA706",
    stage=Stage.PLACEMENT,
    severity=Severity.WARNING,
    needs=(CapacityReservation,),
    uses=(EC2NodeClass, LaunchTemplateVersion, PlacementGroup),
)
def reservation_outside_placement_group(case: Case) -> Iterator[Finding]:
    """One finding for each idle reservation that a group keeps from being used."""
    seen: set[str] = set()
    for path in _fabric.serving(case):
        naming = _placement.of_path(case, path)
        if naming is None:
            continue
        for reservation in _meant_for(case, path):
            known = reservation.capacity_reservation_id in seen
            if not known and not _inside(case, reservation, naming):
                seen.add(reservation.capacity_reservation_id)
                yield _finding(reservation, naming)


def _meant_for(case: Case, path: Path) -> Iterator[CapacityReservation]:
    """Active reservations that the way in would use, were it not for the group."""
    nodeclass = _fabric.nodeclass_of(case, path) if path.pool is not None else None
    selected = {r.id for r in nodeclass.status.capacity_reservations} if nodeclass else set()
    types = {instance_type(case.snapshot, path.group)} if path.group is not None else set()
    for reservation in case.snapshot.all(CapacityReservation):
        by_nodeclass = reservation.capacity_reservation_id in selected
        if reservation.state == "active" and (by_nodeclass or reservation.instance_type in types):
            yield reservation


def _inside(case: Case, reservation: CapacityReservation, naming: Naming) -> bool:
    name = reservation.placement_group_arn.rpartition("placement-group/")[2]
    group = _placement.group_named(case, naming)
    wanted = group.group_name if group is not None else naming.wanted
    return name == wanted


def _finding(reservation: CapacityReservation, naming: Naming) -> Finding:
    identity = reservation.capacity_reservation_id
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
                note=f"{reservation.available_instance_count} {reservation.instance_type} idle",
            ),
            Evidence(
                object=naming.object,
                field=naming.field,
                value=naming.wanted,
                source=naming.source,
            ),
        ),
        chain=("EC2 takes a launch into a group only from reservations made in it.",),
        fixes=(
            Fix(
                title="Make the reservation in the group, or name no group for reserved capacity",
                unprovable="capacity that EC2 may or may not have",
            ),
        ),
    )

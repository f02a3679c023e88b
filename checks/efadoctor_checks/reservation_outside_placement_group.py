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
    Path,
    Risk,
    Severity,
    Stage,
    check,
    reference,
)
from efadoctor.model.aws import CapacityReservation, PlacementGroup
from efadoctor.model.edits import remove_field
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor.scheduling.nodegroups import instance_type, launch_template
from efadoctor_checks import _fabric, _placement, _zones
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
        for reservation in _meant_for(case, path):
            known = reservation.capacity_reservation_id in seen
            if not known and _is_outside(case, reservation, naming):
                seen.add(reservation.capacity_reservation_id)
                yield _finding(case, reservation, naming)


def _meant_for(case: Case, path: Path) -> Iterator[CapacityReservation]:
    """Idle reservations that the way in would use, were it not for the group."""
    nodeclass = _fabric.nodeclass_of(case, path)
    selected: set[str] = set()
    if nodeclass is not None:
        selected |= {r.id for r in nodeclass.status.capacity_reservations}
        selected |= {t.id for t in nodeclass.spec.capacity_reservation_selector_terms if t.id}
    for reservation in case.snapshot.all(CapacityReservation):
        idle = reservation.state == "active" and reservation.available_instance_count > 0
        by_nodeclass = reservation.capacity_reservation_id in selected
        if idle and (by_nodeclass or _is_of_group(case, path, reservation)):
            yield reservation


def _is_of_group(case: Case, path: Path, reservation: CapacityReservation) -> bool:
    """Whether a node group would use a reservation: its template targets it, or it is open.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-reservations-launch.html
    """
    group = _fabric.group_of(case, path)
    if group is None:
        return False
    template = launch_template(case.snapshot, group)
    wanted = template.launch_template_data.capacity_reservation_specification if template else None
    target = wanted.capacity_reservation_target if wanted is not None else None
    if target is not None and target.capacity_reservation_id:
        return target.capacity_reservation_id == reservation.capacity_reservation_id
    if wanted is not None and wanted.capacity_reservation_preference == "none":
        return False
    zones = _zones.allowed(case, path)
    return (
        reservation.instance_match_criteria == "open"
        and reservation.instance_type == instance_type(case.snapshot, group)
        and reservation.availability_zone in zones
    )


def _is_outside(case: Case, reservation: CapacityReservation, naming: Naming) -> bool:
    made_in = _placement.group_of_reservation(reservation)
    group = _placement.group_named(case, naming)
    if group is None and naming.by_id:
        return not made_in
    return made_in != (group.group_name if group is not None else naming.wanted)


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

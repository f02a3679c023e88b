"""Capacity reservations that a way in is meant to use, and whether a placement group hides them."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import Case, Path
from efadoctor.model.aws import CapacityReservation
from efadoctor.scheduling.nodegroups import instance_type, launch_template
from efadoctor_checks import _fabric, _placement, _zones
from efadoctor_checks._placement import Naming


def meant_for(case: Case, path: Path) -> Iterator[CapacityReservation]:
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


def is_outside(case: Case, reservation: CapacityReservation, naming: Naming) -> bool:
    made_in = _placement.group_of_reservation(reservation)
    group = _placement.group_named(case, naming)
    if group is None and naming.by_id:
        return not made_in
    return made_in != (group.group_name if group is not None else naming.wanted)

"""Capacity reservations that a NodePool could use and does not, and where else it could launch.

https://karpenter.sh/docs/tasks/odcrs/
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import (
    Case,
    Evidence,
    EvidenceSource,
    Fix,
    Path,
    Risk,
    append_to,
    patch,
    reference,
    setting,
)
from efadoctor.model.aws import CapacityReservation
from efadoctor.model.edits import Operations
from efadoctor.model.fix import Edit
from efadoctor.model.karpenter import EC2NodeClass, NodePool, Requirement
from efadoctor.scheduling.instance_types import offered_zones
from efadoctor.scheduling.karpenter.vocabulary import CAPACITY_TYPE, RESERVED
from efadoctor_checks import _fabric, _zones
from efadoctor_checks._paths import some
from efadoctor_checks._pool_types import AT, Widening, widening, widening_fix

_UNPROVABLE = "only EC2 can tell what capacity it has"


class Unused(msgspec.Struct, frozen=True, kw_only=True):
    """A reservation with free instances that would serve, and why it is not used."""

    reservation: CapacityReservation
    why: str
    selected: bool
    allowed: bool

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return (
            Evidence(
                object=reference(self.reservation),
                field="AvailableInstanceCount",
                value=self.reservation.available_instance_count,
                source=EvidenceSource.AWS,
            ),
        )


def unused(case: Case, path: Path) -> Iterator[Unused]:
    """The reservations that would serve a NodePool and that it does not use."""
    node_class = _fabric.nodeclass_of(case, path) if path.pool is not None else None
    if node_class is None or path.judgement is None or path.pool is None:
        return
    types = {t.name for t in path.judgement.closest}
    taken = {r.id for r in node_class.status.capacity_reservations}
    zones = _zones.allowed(case, path)
    allowed = allows_reserved(path.pool)
    for found in case.snapshot.all(CapacityReservation):
        fits = found.instance_type in types and found.availability_zone in zones
        if found.state != "active" or found.available_instance_count <= 0 or not fits:
            continue
        selected = found.capacity_reservation_id in taken
        if selected and allowed:
            continue
        why = (
            f"NodePool {path.id.name} does not allow"
            if selected
            else f"NodeClass {node_class.metadata.name} does not select"
        )
        yield Unused(reservation=found, why=why, selected=selected, allowed=allowed)


def allows_reserved(pool: NodePool) -> bool:
    """Whether a NodePool's requirements allow reserved capacity."""
    own = [r for r in pool.spec.template.spec.requirements if r.key == CAPACITY_TYPE]
    return all(
        RESERVED in r.values if r.operator == "In" else RESERVED not in r.values for r in own
    )


def selecting_fix(case: Case, path: Path, found: Unused) -> Fix:
    """Let the NodeClass select the reservation, and the NodePool use it."""
    edits: list[Edit] = []
    node_class = _fabric.nodeclass_of(case, path)
    name = found.reservation.capacity_reservation_id
    if not found.selected and node_class is not None:
        edits.append(_selecting(node_class, name))
    if not found.allowed and path.pool is not None:
        edits.append(patch(path.pool, *_allowing(path.pool)))
    return Fix(
        title=f"Use capacity reservation {name}",
        edits=tuple(edits),
        risk=Risk.COSTS_MONEY,
        warning="Nodes that are already there may drift and be replaced.",
        unprovable=_UNPROVABLE,
    )


def _selecting(node_class: EC2NodeClass, name: str) -> Edit:
    return append_to(node_class, "spec.capacityReservationSelectorTerms", {"id": name})


def _allowing(pool: NodePool) -> Iterator[Operations]:
    for index, requirement in enumerate(pool.spec.template.spec.requirements):
        if requirement.key == CAPACITY_TYPE and RESERVED not in requirement.values:
            values = [*requirement.values, RESERVED]
            yield setting(pool, f"{AT}[{index}].values", values)


def elsewhere_fix(case: Case, path: Path) -> Iterator[Fix]:
    """Launch in another zone that offers the types, or another type that serves."""
    own = _zones.requirement_of(path)
    if path.pool is None or path.judgement is None:
        return
    types = [t.name for t in path.judgement.closest]
    offered = [offered_zones(case.snapshot, t) for t in types]
    zones = frozenset().union(*(z for z in offered if z)) & _zones.subnet_zones(case, path)
    if own is not None and own[1].operator == "In" and zones - frozenset(own[1].values):
        right = Requirement(
            key=_zones.ZONE, operator="In", values=tuple(sorted(zones | frozenset(own[1].values)))
        )
        yield Fix(
            title=f"Let NodePool {path.id.name} launch in {some(sorted(zones))} as well",
            edits=(patch(path.pool, setting(path.pool, f"{AT}[{own[0]}]", right)),),
            risk=Risk.COSTS_MONEY,
            warning="EFA traffic does not leave a zone: one job's nodes must all be in one.",
            unprovable=_UNPROVABLE,
        )
    other: Widening | None = widening(case, path)
    if other is not None:
        fix = widening_fix(path.pool, other)
        yield msgspec.structs.replace(fix, unprovable=_UNPROVABLE)

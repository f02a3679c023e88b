"""Types that would serve the pod but are not to be had: which of zone and capacity type it is."""

from __future__ import annotations

import msgspec

from efadoctor.authoring import Case, Path
from efadoctor.model.aws import InstanceTypeInfo
from efadoctor.scheduling.instance_types import offered_zones
from efadoctor.scheduling.karpenter.blockers import NoOffering
from efadoctor.scheduling.karpenter.vocabulary import CAPACITY_TYPE, ON_DEMAND, RESERVED, SPOT
from efadoctor.scheduling.names import ZONE
from efadoctor.scheduling.requirements import Requirement, Requirements
from efadoctor_checks import _zones


def no_offering(path: Path) -> NoOffering | None:
    """Karpenter's word that no offering is allowed, None where there is one."""
    blockers = path.judgement.blockers if path.judgement is not None else ()
    return next((b for b in blockers if isinstance(b, NoOffering)), None)


class ZoneConflict(msgspec.Struct, frozen=True, kw_only=True):
    """Types that EC2 does not offer where they would have to be.

    ``offered``: the zones in which it offers any of them, ``allowed``: those that are
    allowed; ``index``: the pool's requirement that allows only those, None where it is the
    pod that does.
    """

    types: tuple[str, ...]
    offered: frozenset[str]
    allowed: Requirement
    index: int | None = None


def zone_conflict(case: Case, path: Path) -> ZoneConflict | None:
    """The conflict of zone and offering that stands on a pool's way, None where that is not it."""
    found = no_offering(path)
    if found is None or not found.types:
        return None
    zones = [offered_zones(case.snapshot, name) for name in found.types]
    offered = frozenset().union(*(z for z in zones if z is not None))
    if any(z is None for z in zones):
        return None
    own = _zones.requirement_of(path)
    of_pool = Requirement.of(ZONE, own[1].operator, own[1].values) if own else Requirement(ZONE)
    if own and not any(of_pool.has(z) for z in offered):
        return ZoneConflict(types=found.types, offered=offered, allowed=of_pool, index=own[0])
    if any(found.zones.has(z) for z in offered):
        return None
    return ZoneConflict(types=found.types, offered=offered, allowed=found.zones)


def led_elsewhere(path: Path) -> frozenset[str]:
    """Where a pool could launch, if what the pod must be near is in none of these zones.

    A volume, other pods, or the zones over which the pod must be spread lead it to a zone that
    the pool's own requirements do not exclude, and in which there is nothing to launch.
    """
    found = no_offering(path)
    zones = {zone for zone, _ in found.offered if zone} if found is not None else set()
    if found is None or found.by_pool or any(found.zones.has(z) for z in zones):
        return frozenset()
    return frozenset(zones)


class CapacityConflict(msgspec.Struct, frozen=True, kw_only=True):
    """A capacity type that is asked for, and those under which the types are to be had."""

    wanted: tuple[str, ...]
    offered: tuple[str, ...]


def unavailable_capacity(path: Path) -> CapacityConflict | None:
    """The conflict of capacity types that stands on a pool's way, reservations aside."""
    found = no_offering(path)
    if found is None or not found.offered:
        return None
    here = {kind for zone, kind in found.offered if not zone or found.zones.has(zone)}
    wanted = {k for k in (ON_DEMAND, SPOT, RESERVED) if found.capacity_types.has(k)}
    if not here or here & wanted or wanted == {RESERVED}:
        return None
    return CapacityConflict(wanted=tuple(sorted(wanted)), offered=tuple(sorted(here)))


def lacks_reservation(path: Path) -> bool:
    """Whether only reserved capacity is allowed, and none is to be had."""
    found = no_offering(path)
    if found is None:
        return False
    allowed = [k for k in (ON_DEMAND, SPOT, RESERVED) if found.capacity_types.has(k)]
    here = {kind for zone, kind in found.offered if not zone or found.zones.has(zone)}
    return allowed == [RESERVED] and RESERVED not in here


def of_blocks_only(case: Case, path: Path) -> tuple[str, ...]:
    """The types of a pool, if EC2 offers all of them in reserved blocks of capacity only.

    ``SupportedUsageClasses`` of such a type has ``capacity-block`` alone
    (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceTypeInfo.html).
    """
    found = no_offering(path)
    if found is None or not found.types or found.offered:
        return ()
    types = [case.snapshot.get(InstanceTypeInfo, name) for name in found.types]
    classes = [set(t.supported_usage_classes) if t is not None else set() for t in types]
    sold = all(used and used.isdisjoint({ON_DEMAND, SPOT}) for used in classes)
    return found.types if sold else ()


def zones_of(requirements: Requirements) -> Requirement:
    """The zones that requirements leave."""
    return requirements.get(ZONE)


__all__ = [
    "CAPACITY_TYPE",
    "CapacityConflict",
    "ZoneConflict",
    "lacks_reservation",
    "no_offering",
    "of_blocks_only",
    "unavailable_capacity",
    "zone_conflict",
    "zones_of",
]

"""Where and how a type is to be had from EC2: zones, capacity types, reservations, placement.

Where a zone or an offering is not known, it is not held against a type.

https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/offering/base_resolver.go
https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/offering/placement_group_resolver.go
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

from efadoctor.model.aws import InstanceTypeInfo, PlacementGroup
from efadoctor.model.karpenter import EC2NodeClass, NodeClassCapacityReservation
from efadoctor.scheduling.instance_types import TypeFacts
from efadoctor.scheduling.karpenter.types import Offering
from efadoctor.scheduling.karpenter.vocabulary import (
    CAPACITY_TYPE,
    ON_DEMAND,
    RESERVED,
    SPOT,
    ZONE_ID,
)
from efadoctor.scheduling.names import REGION, ZONE
from efadoctor.scheduling.requirements import Requirement, Requirements

# Prices only order types. Where a type has none listed, it is taken to cost what its parts
# do on average; spot is taken to be cheaper than on-demand, a reservation to cost nothing.
_USD_PER_VCPU = 0.05
_USD_PER_GPU = 2.5
_SPOT_SHARE = 0.5
_REGION = re.compile(r"[a-z]+(?:-[a-z]+)+-[0-9]+")
_EFA_ONLY = "efa-only"
_PARTITION = "partition"
_MOST_PARTITIONS = 7
_OF_RESERVATIONS = (
    "capacity-reservation-id",
    "capacity-reservation-type",
    "capacity-reservation-interruptible",
)
_INTERRUPTIBLE = {True: "true", False: "false"}


class Launchpad(msgspec.Struct, frozen=True, kw_only=True):
    """Where a NodePool's NodeClass can launch, and with what.

    ``zones`` maps zone to zone id; None where its subnets are not known. ``placement`` is the
    placement group that it selects, ``free`` what reservations have left, ``memory`` what
    nodes of a type were seen to have.
    """

    group: str
    node_class: EC2NodeClass = EC2NodeClass()
    zones: Mapping[str, str] | None = None
    placement: PlacementGroup = PlacementGroup()
    free: Mapping[str, int] = msgspec.field(default_factory=dict)
    memory: Mapping[str, int] = msgspec.field(default_factory=dict)


def offerings_of(
    facts: TypeFacts,
    offered: frozenset[str] | None,
    reservations: tuple[NodeClassCapacityReservation, ...],
    pad: Launchpad,
) -> tuple[Offering, ...]:
    """Every way of getting the type; ``offered`` are EC2's zones for it, None if unknown."""
    return (*_bought(facts, offered, pad), *_reserved(facts, reservations, pad))


def launch_zones(offered: frozenset[str] | None, pad: Launchpad) -> frozenset[str] | None:
    """The zones in which the type can be launched; None where nothing is known of zones."""
    if pad.zones is None:
        return offered
    return frozenset(pad.zones) if offered is None else offered & frozenset(pad.zones)


def offer_labels(
    facts: TypeFacts,
    zones: frozenset[str] | None,
    reservations: tuple[NodeClassCapacityReservation, ...],
    pad: Launchpad,
) -> Iterator[Requirement]:
    """The labels that say where and how the type is to be had."""
    kinds = {*_usage(facts.info), *((RESERVED,) if reservations else ())}
    yield Requirement(CAPACITY_TYPE, values=frozenset(kinds))
    ids = Requirement.of(f"{pad.group}/capacity-reservation-id", "In", [r.id for r in reservations])
    yield ids
    types = frozenset(r.reservation_type or "default" for r in reservations)
    yield Requirement(f"{pad.group}/capacity-reservation-type", values=types)
    interruptible = frozenset(_INTERRUPTIBLE[r.interruptible] for r in reservations)
    yield Requirement(f"{pad.group}/capacity-reservation-interruptible", values=interruptible)
    yield from _placement_labels(pad)
    if zones is None:
        return
    yield Requirement(ZONE, values=zones)
    regions = frozenset(m[0] for z in zones if (m := _REGION.match(z)))
    if len(regions) == 1:
        yield Requirement(REGION, values=regions)
    zone_ids = frozenset(i for z, i in (pad.zones or {}).items() if z in zones and i)
    if zone_ids:
        yield Requirement(ZONE_ID, values=zone_ids)


def _placement_labels(pad: Launchpad) -> Iterator[Requirement]:
    """The labels of a placement group; a partition is for the pod to choose."""
    if pad.placement.group_id:
        group_id = frozenset({pad.placement.group_id})
        yield Requirement(f"{pad.group}/placement-group-id", values=group_id)
    if pad.placement.strategy == _PARTITION and (count := pad.placement.partition_count):
        numbers = frozenset(str(n + 1) for n in range(min(count, _MOST_PARTITIONS)))
        yield Requirement(f"{pad.group}/placement-group-partition", values=numbers)


def _usage(info: InstanceTypeInfo) -> tuple[str, ...]:
    """On-demand and spot, as far as EC2 says so; both where it says nothing."""
    said = tuple(u for u in info.supported_usage_classes if u in {ON_DEMAND, SPOT})
    return said if info.supported_usage_classes else (ON_DEMAND, SPOT)


def _bought(facts: TypeFacts, offered: frozenset[str] | None, pad: Launchpad) -> Iterator[Offering]:
    """One for each zone and capacity type; not available where the NodeClass has no subnet."""
    fits = launches_on(facts.info, pad)
    everywhere = offered if offered is not None else frozenset(pad.zones or {""})
    for zone in sorted(everywhere):
        for kind in _usage(facts.info):
            yield Offering(
                _offering_labels(zone, kind, pad, {}),
                price_of(facts) * (_SPOT_SHARE if kind == SPOT else 1.0),
                available=fits and (pad.zones is None or zone in pad.zones),
            )


def _reserved(
    facts: TypeFacts, reservations: tuple[NodeClassCapacityReservation, ...], pad: Launchpad
) -> Iterator[Offering]:
    fits = launches_on(facts.info, pad)
    for reservation in reservations:
        zone = reservation.availability_zone
        labels = {
            "capacity-reservation-id": reservation.id,
            "capacity-reservation-type": reservation.reservation_type or "default",
            "capacity-reservation-interruptible": _INTERRUPTIBLE[reservation.interruptible],
        }
        yield Offering(
            _offering_labels(zone, RESERVED, pad, labels),
            price_of(facts) / 10_000_000,
            available=fits
            and reservation.state != "expiring"
            and pad.free.get(reservation.id, 1) > 0
            and (pad.zones is None or zone in pad.zones),
        )


def _offering_labels(zone: str, kind: str, pad: Launchpad, more: dict[str, str]) -> Requirements:
    labels = {CAPACITY_TYPE: kind} | {f"{pad.group}/{k}": v for k, v in more.items()}
    if zone:
        labels[ZONE] = zone
    if pad.zones is not None and pad.zones.get(zone):
        labels[ZONE_ID] = pad.zones[zone]
    absent = () if more else _OF_RESERVATIONS
    return Requirements.of_labels(labels).plus(Requirement(f"{pad.group}/{k}") for k in absent)


def price_of(facts: TypeFacts) -> float:
    """USD an hour on demand, or a guess from its parts; only good for ordering types."""
    if facts.usd_per_hour is not None:
        return facts.usd_per_hour
    return facts.vcpus * _USD_PER_VCPU + facts.gpus * _USD_PER_GPU


def launches_on(info: InstanceTypeInfo, pad: Launchpad) -> bool:
    """Whether an instance of the type can be launched as the NodeClass says.

    https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/compatibility/compatibility.go
    """
    supported = info.placement_group_info.supported_strategies if info.placement_group_info else ()
    strategy = pad.placement.strategy
    if strategy and supported and strategy not in supported:
        return False
    interfaces = pad.node_class.spec.network_interfaces
    if interfaces is None:
        return True
    network = info.network_info
    if not network.network_cards or network.ena_support == "unsupported":
        return False
    room = {c.network_card_index: c.maximum_network_interfaces for c in network.network_cards}
    if any(i.device_index >= room.get(i.network_card_index, 0) for i in interfaces):
        return False
    efas = sum(i.interface_type == _EFA_ONLY for i in interfaces)
    most = network.efa_info.maximum_efa_interfaces if network.efa_info is not None else 0
    return efas <= most

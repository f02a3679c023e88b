"""The types that a NodePool's EC2NodeClass can launch, as Karpenter's AWS provider makes them.

Which types: those that EC2 offers, where it was asked, else every type that is known. Where
a zone or an offering is not known, it is not held against a type.

https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/types.go
https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/offering/base_resolver.go
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

from efadoctor.model.aws import (
    CapacityReservation,
    InstanceTypeInfo,
    InstanceTypeOffering,
    PlacementGroup,
)
from efadoctor.model.karpenter import EC2NodeClass, NodeClassCapacityReservation, NodePool
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.instance_types import TypeFacts, known_types, offered_zones
from efadoctor.scheduling.karpenter.aws_capacity import capacity_of, reserved_of
from efadoctor.scheduling.karpenter.aws_labels import labels_of
from efadoctor.scheduling.karpenter.types import InstanceType, Offering, allocatable
from efadoctor.scheduling.karpenter.vocabulary import (
    AUTO_MODE_GROUP,
    AWS_GROUP,
    CAPACITY_TYPE,
    ON_DEMAND,
    RESERVED,
    SPOT,
    ZONE_ID,
)
from efadoctor.scheduling.names import INSTANCE_TYPE, REGION, ZONE
from efadoctor.scheduling.requirements import Requirement, Requirements

# Prices only order types. Where a type has none listed, it is taken to cost what its parts
# do on average; spot is taken to be cheaper than on-demand, a reservation to cost nothing.
_USD_PER_VCPU = 0.05
_USD_PER_GPU = 2.5
_SPOT_SHARE = 0.5
_REGION = re.compile(r"[a-z]+(?:-[a-z]+)+-[0-9]+")
_TYPE_NAME = re.compile(
    r"[a-z]+[0-9]+[a-z0-9-]*\.(?:nano|micro|small|medium|large|[0-9]*xlarge|metal(?:-[0-9]+xl)?)\Z"
)
_EFA_ONLY = "efa-only"


class Launchpad(msgspec.Struct, frozen=True, kw_only=True):
    """Where a NodePool's NodeClass can launch, and with what.

    ``zones`` maps zone to zone id; None where its subnets are not known.
    """

    group: str
    node_class: EC2NodeClass = EC2NodeClass()
    zones: Mapping[str, str] | None = None
    strategy: str = ""
    free: Mapping[str, int] = msgspec.field(default_factory=dict)


OF_TYPES = (
    NodePool,
    EC2NodeClass,
    InstanceTypeInfo,
    InstanceTypeOffering,
    CapacityReservation,
    PlacementGroup,
)
"""The facts that the types of a NodePool depend on."""


def ec2_types_of(snapshot: Snapshot, pool: NodePool) -> tuple[InstanceType, ...]:
    """Every type that the provider would offer for this NodePool, by name."""
    pad = launchpad_of(snapshot, pool)
    facts = known_types(snapshot)
    return tuple(_type(snapshot, facts[name], pad) for name in _names(snapshot, facts))


def unknown_types(snapshot: Snapshot, pool: NodePool) -> tuple[str, ...]:
    """The types that the NodePool names and of which nothing is known: no verdict on them.

    A name that is not of the form of a type is no type, and neither is one that EC2 was
    asked about and does not offer.
    """
    known = known_types(snapshot)
    named = (n for n in _named(pool) if _TYPE_NAME.match(n))
    return tuple(n for n in named if n not in known and offered_zones(snapshot, n) != frozenset())


def offered_nowhere(snapshot: Snapshot, pool: NodePool) -> tuple[InstanceType, ...]:
    """The types that EC2 describes, or that the NodePool names, and that no zone offers.

    Those of the table alone do not count: of a type that nobody named, that it is not to be had
    says nothing.
    """
    pad, named = launchpad_of(snapshot, pool), _named(pool)
    return tuple(
        _type(snapshot, facts, pad)
        for name, facts in sorted(known_types(snapshot).items())
        if (facts.from_ec2 or name in named) and offered_zones(snapshot, name) == frozenset()
    )


def _named(pool: NodePool) -> tuple[str, ...]:
    """The names of types that the NodePool requires."""
    return tuple(
        value
        for r in pool.spec.template.spec.requirements
        if r.key == INSTANCE_TYPE and r.operator == "In"
        for value in r.values
    )


def launchpad_of(snapshot: Snapshot, pool: NodePool) -> Launchpad:
    """What is known of where the NodePool's NodeClass can launch."""
    reference = pool.spec.template.spec.node_class_ref
    group = AUTO_MODE_GROUP if reference.group == AUTO_MODE_GROUP else AWS_GROUP
    found = snapshot.get(EC2NodeClass, reference.name) if group == AWS_GROUP else None
    if found is None:
        return Launchpad(group=group)
    subnets = found.status.subnets
    return Launchpad(
        group=group,
        node_class=found,
        zones={s.zone: s.zone_id for s in subnets} if subnets else None,
        strategy=_strategy(snapshot, found),
        free={
            r.capacity_reservation_id: r.available_instance_count
            for r in snapshot.all(CapacityReservation)
        },
    )


def _names(snapshot: Snapshot, facts: Mapping[str, TypeFacts]) -> tuple[str, ...]:
    """The known types that EC2 offers anywhere in the region, as far as it was asked."""
    return tuple(name for name in sorted(facts) if offered_zones(snapshot, name) != frozenset())


def _strategy(snapshot: Snapshot, node_class: EC2NodeClass) -> str:
    """The strategy of the placement group that the NodeClass selects, "" for none."""
    wanted = node_class.spec.placement_group_selector
    if wanted is None:
        return ""
    for group in snapshot.all(PlacementGroup):
        if group.group_id == wanted.id if wanted.id else group.group_name == wanted.name:
            return group.strategy
    return ""


def _type(snapshot: Snapshot, facts: TypeFacts, pad: Launchpad) -> InstanceType:
    capacity = capacity_of(facts, pad.node_class)
    reservations = tuple(
        r for r in pad.node_class.status.capacity_reservations if r.instance_type == facts.name
    )
    offered = offered_zones(snapshot, facts.name)
    zones = _zones(offered, pad)
    offerings = (*_offerings(facts, offered, pad), *_reserved(facts, reservations, pad))
    return InstanceType(
        name=facts.name,
        requirements=labels_of(facts, pad.group).plus(
            _offered_labels(facts, zones, reservations, pad)
        ),
        capacity=capacity,
        allocatable=allocatable(capacity, reserved_of(facts, pad.node_class, capacity)),
        offerings=offerings,
    )


def _zones(offered: frozenset[str] | None, pad: Launchpad) -> frozenset[str] | None:
    """The zones in which the type can be launched; None where nothing is known of zones."""
    if pad.zones is None:
        return offered
    return frozenset(pad.zones) if offered is None else offered & frozenset(pad.zones)


def _offered_labels(
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
    if zones is None:
        return
    yield Requirement(ZONE, values=zones)
    regions = frozenset(m[0] for z in zones if (m := _REGION.match(z)))
    if len(regions) == 1:
        yield Requirement(REGION, values=regions)
    zone_ids = frozenset(i for z, i in (pad.zones or {}).items() if z in zones and i)
    if zone_ids:
        yield Requirement(ZONE_ID, values=zone_ids)


def _usage(info: InstanceTypeInfo) -> tuple[str, ...]:
    """On-demand and spot, as far as EC2 says so; both where it says nothing."""
    said = tuple(u for u in info.supported_usage_classes if u in {ON_DEMAND, SPOT})
    return said if info.supported_usage_classes else (ON_DEMAND, SPOT)


def _offerings(
    facts: TypeFacts, offered: frozenset[str] | None, pad: Launchpad
) -> Iterator[Offering]:
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
    absent = () if more else ("capacity-reservation-id", "capacity-reservation-type")
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
    if pad.strategy and supported and pad.strategy not in supported:
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

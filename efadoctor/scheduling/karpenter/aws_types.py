"""The types that a NodePool's EC2NodeClass can launch, as Karpenter's AWS provider makes them.

Which types: those that EC2 offers, where it was asked, else every type that is known. Where
a zone or an offering is not known, it is not held against a type.

https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/types.go
https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/offering/base_resolver.go
"""

import re
from collections.abc import Mapping

from efadoctor.model.aws import (
    CapacityReservation,
    InstanceTypeInfo,
    InstanceTypeOffering,
    PlacementGroup,
)
from efadoctor.model.karpenter import EC2NodeClass, NodePool
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.instance_types import TypeFacts, known_types, offered_zones
from efadoctor.scheduling.karpenter.aws_capacity import capacity_of, reserved_of
from efadoctor.scheduling.karpenter.aws_labels import labels_of
from efadoctor.scheduling.karpenter.aws_offerings import (
    Launchpad,
    launch_zones,
    offer_labels,
    offerings_of,
)
from efadoctor.scheduling.karpenter.aws_seen import OF_MEMORY, memory_seen
from efadoctor.scheduling.karpenter.types import InstanceType, allocatable
from efadoctor.scheduling.karpenter.vocabulary import (
    AUTO_MODE_GROUP,
    AWS_GROUP,
)
from efadoctor.scheduling.names import INSTANCE_TYPE

_TYPE_NAME = re.compile(
    r"[a-z]+[0-9]+[a-z0-9-]*\.(?:nano|micro|small|medium|large|[0-9]*xlarge|metal(?:-[0-9]+xl)?)\Z"
)

OF_TYPES = (
    NodePool,
    EC2NodeClass,
    InstanceTypeInfo,
    InstanceTypeOffering,
    CapacityReservation,
    PlacementGroup,
    OF_MEMORY,
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
        placement=_placement(snapshot, found),
        free={
            r.capacity_reservation_id: r.available_instance_count
            for r in snapshot.all(CapacityReservation)
        },
        memory=memory_seen(snapshot, found),
    )


def _names(snapshot: Snapshot, facts: Mapping[str, TypeFacts]) -> tuple[str, ...]:
    """The known types that EC2 offers anywhere in the region, as far as it was asked."""
    return tuple(name for name in sorted(facts) if offered_zones(snapshot, name) != frozenset())


def _placement(snapshot: Snapshot, node_class: EC2NodeClass) -> PlacementGroup:
    """The placement group that the NodeClass selects, an empty one for none."""
    wanted = node_class.spec.placement_group_selector
    groups = snapshot.all(PlacementGroup) if wanted is not None else ()
    for group in groups:
        if wanted and (
            group.group_id == wanted.id if wanted.id else group.group_name == wanted.name
        ):
            return group
    return PlacementGroup()


def _type(snapshot: Snapshot, facts: TypeFacts, pad: Launchpad) -> InstanceType:
    capacity = capacity_of(facts, pad.node_class, pad.memory.get(facts.name, 0))
    reservations = tuple(
        r for r in pad.node_class.status.capacity_reservations if r.instance_type == facts.name
    )
    offered = offered_zones(snapshot, facts.name)
    zones = launch_zones(offered, pad)
    return InstanceType(
        name=facts.name,
        requirements=labels_of(facts, pad.group).plus(
            offer_labels(facts, zones, reservations, pad)
        ),
        capacity=capacity,
        allocatable=allocatable(capacity, reserved_of(facts, pad.node_class, capacity)),
        offerings=offerings_of(facts, offered, reservations, pad),
    )

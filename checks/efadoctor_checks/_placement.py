"""Placement groups: who names them, who is in them, and in which zone they are.

A cluster placement group lies in one zone, which its first instance (or a capacity
reservation made in it) decides; the API has no field for it
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-strategies.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from efadoctor.authoring import Case, Evidence, EvidenceSource, Path, reference
from efadoctor.model.aws import (
    AutoScalingGroup,
    CapacityReservation,
    Instance,
    LaunchTemplateVersion,
    NodeGroup,
    PlacementGroup,
)
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor.model.kubernetes import Node
from efadoctor.model.reference import ObjectRef
from efadoctor.scheduling.devices import instance_of
from efadoctor.scheduling.nodegroups import launch_template
from efadoctor_checks import _fabric

NAMING: tuple[type[Any], ...] = (EC2NodeClass, LaunchTemplateVersion, NodeGroup)
"""What it takes to know who names a group, for a check's ``uses``."""

CLUSTER = "cluster"
AVAILABLE = "available"
_GONE = frozenset({"terminated", "shutting-down"})


class Naming(msgspec.Struct, frozen=True, kw_only=True):
    """A NodeClass or launch template that names a placement group: by name or by id."""

    object: ObjectRef
    field: str
    wanted: str
    by_id: bool = False
    source: EvidenceSource = EvidenceSource.CLUSTER

    def means(self, group: PlacementGroup) -> bool:
        return self.wanted == (group.group_id if self.by_id else group.group_name)

    @property
    def evidence(self) -> Evidence:
        return Evidence(object=self.object, field=self.field, value=self.wanted, source=self.source)


# ---- who names a group ------------------------------------------------------


def of_nodeclass(nodeclass: EC2NodeClass) -> Naming | None:
    """The group that a NodeClass names, None where it names none."""
    selector = nodeclass.spec.placement_group_selector
    if selector is None or not (selector.id or selector.name):
        return None
    by_id = bool(selector.id)
    return Naming(
        object=reference(nodeclass),
        field=f"spec.placementGroupSelector.{'id' if by_id else 'name'}",
        wanted=selector.id or selector.name,
        by_id=by_id,
    )


def of_launch_template(template: LaunchTemplateVersion) -> Naming | None:
    """The group that a launch template names, None where it names none."""
    placement = template.launch_template_data.placement
    if placement is None or not (placement.group_id or placement.group_name):
        return None
    by_id = bool(placement.group_id)
    return Naming(
        object=reference(template),
        field=f"LaunchTemplateData.Placement.{'GroupId' if by_id else 'GroupName'}",
        wanted=placement.group_id or placement.group_name,
        by_id=by_id,
        source=EvidenceSource.AWS,
    )


def of_instance(instance: Instance) -> Naming | None:
    """The group that an instance is in, None where it is in none."""
    placement = instance.placement
    if not placement.group_name:
        return None
    return Naming(
        object=reference(instance),
        field="Placement.GroupName",
        wanted=placement.group_name,
        source=EvidenceSource.AWS,
    )


def every_naming(case: Case) -> tuple[Naming, ...]:
    """Every NodeClass and launch template in the snapshot that names a group."""
    nodeclasses = (of_nodeclass(n) for n in case.snapshot.all(EC2NodeClass))
    templates = (of_launch_template(t) for t in case.snapshot.all(LaunchTemplateVersion))
    return tuple(n for n in (*nodeclasses, *templates) if n is not None)


def of_path(case: Case, path: Path) -> Naming | None:
    """The group that a way in launches its nodes into."""
    nodeclass = _fabric.nodeclass_of(case, path)
    if nodeclass is not None:
        return of_nodeclass(nodeclass)
    group = _fabric.group_of(case, path)
    template = launch_template(case.snapshot, group) if group is not None else None
    return of_launch_template(template) if template is not None else None


def named_by_paths(case: Case) -> tuple[Naming, ...]:
    """Each group that a serving way in names, once."""
    found = (of_path(case, p) for p in _fabric.serving(case))
    return tuple({n.wanted: n for n in found if n is not None}.values())


def entered_by_nodes(case: Case) -> tuple[Naming, ...]:
    """Each group that a serving node is in, once, whatever launched the node."""
    names = [n for p in _fabric.serving(case) if not p.hypothetical for n in p.nodes]
    nodes = (case.snapshot.get(Node, name) for name in names)
    instances = (instance_of(case.snapshot, n) for n in nodes if n is not None)
    found = (of_instance(i) for i in instances if i is not None)
    return tuple({n.wanted: n for n in found if n is not None}.values())


def group_named(case: Case, naming: Naming) -> PlacementGroup | None:
    """The group that is named, None where it was not seen."""
    return next((g for g in case.snapshot.all(PlacementGroup) if naming.means(g)), None)


# ---- who is in a group ------------------------------------------------------


def instances_in(case: Case, group: PlacementGroup) -> Iterator[Instance]:
    """The instances that are in a group and not gone."""
    for instance in case.snapshot.all(Instance):
        placement = instance.placement
        by_id = bool(placement.group_id) and placement.group_id == group.group_id
        by_name = bool(placement.group_name) and placement.group_name == group.group_name
        if (by_id or by_name) and instance.state.name not in _GONE:
            yield instance


def reservations_in(case: Case, group: PlacementGroup) -> Iterator[CapacityReservation]:
    """The capacity reservations that were made in a group and hold."""
    for reservation in case.snapshot.all(CapacityReservation):
        if group_of_reservation(reservation) == group.group_name and reservation.state == "active":
            yield reservation


def group_of_reservation(reservation: CapacityReservation) -> str:
    """The name of the group that a reservation was made in, "" for none.

    From an ARN such as ``arn:aws:ec2:us-east-1:111122223333:placement-group/name``.
    """
    return reservation.placement_group_arn.rpartition("placement-group/")[2]


def is_launched_into(case: Case, group: PlacementGroup) -> bool:
    """Whether an Auto Scaling group launches into a group by itself."""
    return any(
        a.placement_group in (group.group_name, group.group_id)
        for a in case.snapshot.all(AutoScalingGroup)
        if a.placement_group
    )


class Residence(msgspec.Struct, frozen=True, kw_only=True):
    """The zone of a cluster placement group, and what tells it."""

    zone: str
    evidence: Evidence


def residence(case: Case, group: PlacementGroup) -> Residence | None:
    """Where a cluster placement group lies; None for one that nothing is in yet."""
    instance = next(instances_in(case, group), None)
    if instance is not None:
        zone, field = instance.placement.availability_zone, "Placement.AvailabilityZone"
        return Residence(zone=zone, evidence=_located(group, reference(instance), field, zone))
    reservation = next(reservations_in(case, group), None)
    if reservation is not None:
        zone, field = reservation.availability_zone, "AvailabilityZone"
        return Residence(zone=zone, evidence=_located(group, reference(reservation), field, zone))
    return None


def _located(group: PlacementGroup, thing: ObjectRef, field: str, zone: str) -> Evidence:
    return Evidence(
        object=thing,
        field=field,
        value=zone,
        source=EvidenceSource.AWS,
        note=f"in the group {group.group_name}",
    )

"""Placement groups: who names them, who is in them, and in which zone they are.

A cluster placement group lies in one zone, which its first instance decides; the API has no
field for it (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-strategies.html).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import Case, EvidenceSource, Path, reference
from efadoctor.model.aws import (
    CapacityReservation,
    Instance,
    LaunchTemplateVersion,
    PlacementGroup,
)
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor.model.reference import ObjectRef
from efadoctor.scheduling.nodegroups import launch_template
from efadoctor_checks import _fabric

CLUSTER = "cluster"
AVAILABLE = "available"


class Naming(msgspec.Struct, frozen=True, kw_only=True):
    """A NodeClass or launch template that names a placement group: by name or by id."""

    object: ObjectRef
    field: str
    wanted: str
    by_id: bool = False
    source: EvidenceSource = EvidenceSource.CLUSTER

    def means(self, group: PlacementGroup) -> bool:
        return self.wanted == (group.group_id if self.by_id else group.group_name)


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


def every_naming(case: Case) -> tuple[Naming, ...]:
    """Every NodeClass and launch template in the snapshot that names a group."""
    nodeclasses = (of_nodeclass(n) for n in case.snapshot.all(EC2NodeClass))
    templates = (of_launch_template(t) for t in case.snapshot.all(LaunchTemplateVersion))
    return tuple(n for n in (*nodeclasses, *templates) if n is not None)


def of_path(case: Case, path: Path) -> Naming | None:
    """The group that a way in would launch into."""
    if path.pool is not None:
        name = path.pool.spec.template.spec.node_class_ref.name
        nodeclass = case.snapshot.get(EC2NodeClass, name)
        return of_nodeclass(nodeclass) if nodeclass is not None else None
    template = launch_template(case.snapshot, path.group) if path.group is not None else None
    return of_launch_template(template) if template is not None else None


def named_by_paths(case: Case) -> tuple[Naming, ...]:
    """Each group that a serving way in names, once."""
    found = (of_path(case, p) or _of_node(case, p) for p in _fabric.serving(case))
    return tuple({n.wanted: n for n in found if n is not None}.values())


def _of_node(case: Case, path: Path) -> Naming | None:
    """The group that the NodeClass of an existing node names."""
    nodeclass = _fabric.nodeclass_of(case, path)
    return of_nodeclass(nodeclass) if nodeclass is not None else None


def group_named(case: Case, naming: Naming) -> PlacementGroup | None:
    """The group that is named, None where it was not seen."""
    return next((g for g in case.snapshot.all(PlacementGroup) if naming.means(g)), None)


def instances_in(case: Case, group: PlacementGroup) -> Iterator[Instance]:
    """The instances that are in a group and not gone."""
    for instance in case.snapshot.all(Instance):
        placement = instance.placement
        same = placement.group_id == group.group_id or placement.group_name == group.group_name
        named = placement.group_id or placement.group_name
        if named and same and instance.state.name not in ("terminated", "shutting-down"):
            yield instance


def is_reserved_in(case: Case, group: PlacementGroup) -> bool:
    """Whether a capacity reservation was made in the group."""
    suffix = f"placement-group/{group.group_name}"
    reservations = case.snapshot.all(CapacityReservation)
    return any(r.placement_group_arn.endswith(suffix) for r in reservations)

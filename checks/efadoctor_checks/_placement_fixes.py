"""Fixes of a placement group that lies where the nodes may not be (EFA704)."""

from __future__ import annotations

from efadoctor.authoring import AwsCall, Case, Fix, Path, Risk, set_field
from efadoctor.model.aws import PlacementGroup
from efadoctor.scheduling.instance_types import offered_zones
from efadoctor.scheduling.names import ZONE
from efadoctor_checks import _fabric, _paths, _placement, _zones


def same_zone(case: Case, path: Path, zone: str) -> tuple[Fix, ...]:
    """The NodePool allowed in the group's zone, where it could launch what it launches."""
    nodeclass = _fabric.nodeclass_of(case, path)
    if path.pool is None or nodeclass is None or not _is_offered(case, path, zone):
        return ()
    found = _zones.narrowings(path.pool)
    has_subnet = any(s.zone == zone for s in nodeclass.status.subnets)
    of_zone = [n for n in found if n.requirement.key == ZONE]
    if not has_subnet or len(found) != 1 or not of_zone:
        return ()
    field, value = of_zone[0].changed((zone,))
    return (
        Fix(
            title=f"Let NodePool {path.id.name} launch in {zone}",
            edits=(set_field(path.pool, field, value),),
            risk=Risk.REPLACES_NODES,
            warning="Karpenter replaces nodes of the NodePool that are in other zones.",
        ),
    )


def _is_offered(case: Case, path: Path, zone: str) -> bool:
    """Whether EC2 offers one of the types there, as far as it was asked."""
    types = path.judgement.closest if path.judgement is not None else ()
    zones = [offered_zones(case.snapshot, t.name) for t in types]
    return not zones or any(z is None or zone in z for z in zones)


def other_group(case: Case, path: Path, group: PlacementGroup, zones: frozenset[str]) -> Fix:
    """A new group for the way in, which gets its zone from the first instance."""
    where = ", ".join(sorted(zones))
    title = f"Give {_paths.named(path)} a group of its own in {where}, not {group.group_name}"
    nodeclass = _fabric.nodeclass_of(case, path)
    if path.pool is None or nodeclass is None:
        return Fix(title=title, unprovable="the group that is named next is not known yet")
    name = f"{path.id.name}-{min(zones)}"
    made = AwsCall(
        service="ec2",
        operation="create-placement-group",
        parameters={"GroupName": name, "Strategy": _placement.CLUSTER},
        duplicate_error="InvalidPlacementGroup.Duplicate",
    )
    return Fix(
        title=title,
        edits=(made, set_field(nodeclass, "spec.placementGroupSelector", {"name": name})),
        risk=Risk.REPLACES_NODES,
        warning="Nodes of the NodeClass drift and are replaced; EC2 has capacity in one group less "
        "often than outside of it.",
    )

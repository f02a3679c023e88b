"""Managed node groups in zones where EC2 does not offer their types (EFA207)."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    EvidenceSource,
    Finding,
    Fix,
    Path,
    reference,
)
from efadoctor.model.aws import NodeGroup
from efadoctor.scheduling.instance_types import offered_zones
from efadoctor.scheduling.names import ZONE
from efadoctor.scheduling.nodegroups import instance_type
from efadoctor.scheduling.requirements import Requirement
from efadoctor_checks import _zones
from efadoctor_checks._offerings import ZoneConflict
from efadoctor_checks._paths import some


def group_conflict(case: Case, path: Path) -> ZoneConflict | None:
    """A node group none of whose types EC2 offers in the zones of its subnets."""
    zones = _zones.subnet_zones(case, path)
    if path.group is None or not path.hypothetical or not zones:
        return None
    types = path.group.instance_types or (instance_type(case.snapshot, path.group),)
    each = [offered_zones(case.snapshot, name) for name in types if name]
    offered = frozenset().union(*(z for z in each if z is not None))
    if not offered or any(z is None for z in each) or offered & zones:
        return None
    return ZoneConflict(types=types, offered=offered, allowed=Requirement.of(ZONE, "In", zones))


def findings(case: Case) -> Iterator[Finding]:
    """One finding for each node group."""
    for path in case.paths:
        found = group_conflict(case, path)
        if found is not None and path.group is not None and path.serves is not False:
            yield _finding(path, path.group, found)


def _finding(path: Path, group: NodeGroup, found: ZoneConflict) -> Finding:
    types, offered = some(found.types, 3), some(sorted(found.offered), 3)
    where = some(sorted(found.allowed.values), 3)
    why = "the subnets of a node group cannot change: a new group is needed"
    return Finding(
        object=reference(group),
        summary=f"EC2 offers {types} in {offered}, but not in {where}.",
        evidence=(
            Evidence(
                object=reference(group),
                field="subnets",
                value=group.subnets,
                expected=f"a subnet in {offered}",
                source=EvidenceSource.AWS,
            ),
        ),
        chain=(f"The subnets of node group {path.id.name} are in {where}.",),
        fixes=(Fix(title=f"Make a node group with a subnet in {offered}", unprovable=why),),
        paths=frozenset({path.id}),
        change=Change.POOL_FIELD,
        key="zone",
    )

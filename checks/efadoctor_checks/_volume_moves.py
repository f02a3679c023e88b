"""Fixes of volumes that are in another zone than the nodes (EFA112)."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import Case, Fix, Path, Risk, set_field
from efadoctor.model.karpenter import Requirement
from efadoctor.scheduling.instance_types import offered_zones
from efadoctor_checks import _zones
from efadoctor_checks._claims import Placed
from efadoctor_checks._offerings import zone_conflict
from efadoctor_checks._paths import some
from efadoctor_checks._pool_types import AT


def zones_of(case: Case, path: Path) -> frozenset[str]:
    """Where a way in is, or can be."""
    conflict = zone_conflict(case, path)
    if conflict is not None:
        return conflict.offered
    if path.hypothetical and (path.pool is not None or path.group is not None):
        allowed = _zones.allowed(case, path)
        if allowed:
            return allowed
    zone = path.node.metadata.labels.get(_zones.ZONE)
    return frozenset({zone} if zone else ())


def moving_pool(case: Case, path: Path, volumes: tuple[Placed, ...]) -> Iterator[Fix]:
    """Launch where the volume is, if a type that serves the pod is offered there."""
    own = _zones.requirement_of(path)
    common = frozenset.intersection(*(v.zones for v in volumes))
    types = path.judgement.closest if path.judgement is not None else ()
    offered = [offered_zones(case.snapshot, t.name) for t in types[:1]]
    reachable = common & _zones.subnet_zones(case, path)
    if own is None or path.pool is None or own[1].operator != "In" or not reachable:
        return
    if any(zones is not None and not zones & reachable for zones in offered):
        return
    right = Requirement(key=_zones.ZONE, operator="In", values=tuple(sorted(reachable)))
    yield Fix(
        title=f"Let NodePool {path.id.name} launch in {some(sorted(reachable))}",
        edits=(set_field(path.pool, f"{AT}[{own[0]}]", right),),
        risk=Risk.REPLACES_NODES,
        warning="Nodes of the NodePool that are in other zones drift and are replaced.",
    )


def moving_data(volumes: tuple[Placed, ...], zones: list[str]) -> Iterator[Fix]:
    """Bring the data to where nodes can be."""
    claims = some((v.use.claim for v in volumes), 3)
    where = f" in {some(zones, 3)}" if zones else " in one zone"
    yield Fix(
        title=f"Restore {claims} from a snapshot to a new claim{where}, and let the pod use that",
        risk=Risk.RESTARTS,
        warning="What the pod writes between snapshot and restore is lost.",
        unprovable="the data must move first",
    )

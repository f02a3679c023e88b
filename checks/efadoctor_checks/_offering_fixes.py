"""Fixes of types that EC2 does not offer where they are asked for (EFA207)."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import Case, Fix, Path, Risk, change_pod, set_field
from efadoctor.model.karpenter import NodePool, Requirement
from efadoctor_checks import _zones
from efadoctor_checks._offerings import ZoneConflict
from efadoctor_checks._pod_selectors import Want
from efadoctor_checks._pool_types import AT
from efadoctor_checks._selector_slips import Slip, correcting


def _reachable(case: Case, path: Path, found: ZoneConflict) -> tuple[str, ...]:
    """The zones that offer a type and have a subnet, where the subnets are known."""
    zones = _zones.subnet_zones(case, path)
    return tuple(sorted(found.offered & zones if zones else found.offered))


def pool_fix(case: Case, path: Path, pool: NodePool, found: ZoneConflict) -> Iterator[Fix]:
    """Let the pool launch where EC2 offers its types."""
    zones = _reachable(case, path, found)
    if found.index is None or not zones:
        return
    right = Requirement(key=_zones.ZONE, operator="In", values=zones)
    yield Fix(
        title=f"Let NodePool {pool.metadata.name} launch in {', '.join(zones)}",
        edits=(set_field(pool, f"{AT}[{found.index}]", right),),
        risk=Risk.REPLACES_NODES,
        warning="Nodes of the NodePool that are in other zones drift and are replaced.",
    )


def pod_fix(case: Case, found: ZoneConflict, wants: tuple[Want, ...]) -> Iterator[Fix]:
    """Let the pod select a zone that offers them."""
    for want in wants[:1]:
        right = Slip(key=_zones.ZONE, value=min(found.offered), distance=0)
        yield from change_pod(
            case.snapshot, case.pod, correcting(want, right), title=f"Select {right.written}"
        )

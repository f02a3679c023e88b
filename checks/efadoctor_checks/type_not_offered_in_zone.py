"""EC2 does not offer the instance types in the zones that are allowed.

## What it checks

The instance types that would serve the pod, against the availability zones in which EC2 offers
them, where the zones of the NodePool, of the pod or of the node group's subnets are all others, or
where no zone of the region has them. Nothing else is wrong there: a zone in which a NodeClass has
no subnet is EFA705's business.

## Why it matters

EFA types with many GPUs are offered in one or two zones of a region, and zone letters differ from
account to account. Karpenter says "no instance type has the required offering".

## Evidence

The requirement on the zone, and the zones in which EC2 offers the types.

## Fix

Allow a zone that offers them; where none does, another type.

## Sources

- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-discovery.html
- https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypeOfferings.html
- https://karpenter.sh/docs/concepts/nodepools/
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    Path,
    Stage,
    check,
    reference,
)
from efadoctor.model.aws import InstanceTypeOffering, LaunchTemplateVersion, NodeGroup, Subnet
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Pod, Workload
from efadoctor_checks import _group_offerings, _region_offerings, _zones
from efadoctor_checks._offering_fixes import pod_fix, pool_fix
from efadoctor_checks._offerings import ZoneConflict, zone_conflict
from efadoctor_checks._paths import judged_pools, some
from efadoctor_checks._pod_selectors import Want, alternatives, unmet
from efadoctor_checks._pool_types import READS, all_requirements, requirement_evidence


@check(
    "EFA207",
    stage=Stage.PROVISIONING,
    needs=(NodePool, InstanceTypeOffering),
    uses=(*READS, NodeGroup, LaunchTemplateVersion, Subnet, Node, Pod, Workload),
)
def type_not_offered_in_zone(case: Case) -> Iterator[Finding]:
    """One finding for each NodePool or node group."""
    for path, _ in judged_pools(case):
        yield from _region_offerings.findings(case, path)
        found = zone_conflict(case, path)
        if found is None or path.pool is None:
            continue
        wants = _wants(case, found)
        if found.index is None and not (wants and _is_reached(case, path, found)):
            continue  # where the pool has no subnet, or a volume's zone, or that of other pods
        yield _finding(case, path, path.pool, found, wants)
    yield from _group_offerings.findings(case)


def _is_reached(case: Case, path: Path, found: ZoneConflict) -> bool:
    """Whether the pool has a subnet where the pod wants to be; if that is not known, too."""
    zones = _zones.subnet_zones(case, path)
    return not zones or any(found.allowed.has(z) for z in zones)


def _wants(case: Case, found: ZoneConflict) -> tuple[Want, ...]:
    """What the pod itself says of its zone."""
    if found.index is not None:
        return ()
    return tuple(w for a in alternatives(case.pod) for w in a if w.key == _zones.ZONE)


def _unmet(case: Case, path: Path) -> bool:
    """Whether the pool itself does not allow what the pod selects."""
    return all(unmet(case, path, a) for a in alternatives(case.pod))


def _finding(
    case: Case, path: Path, pool: NodePool, found: ZoneConflict, wants: tuple[Want, ...]
) -> Finding:
    types, offered = some(found.types, 3), some(sorted(found.offered), 3)
    where = ", ".join(sorted(found.allowed.values)) or str(found.allowed)
    index = found.index
    stands = () if index is None else (requirement_evidence(pool, index, sorted(found.offered)),)
    said = tuple(
        Evidence(
            object=case.pod_ref, field=w.field, value=list(w.values), expected=sorted(found.offered)
        )
        for w in wants
    )
    return Finding(
        object=reference(pool),
        summary=f"EC2 offers {types} in {offered}, but not in {where}.",
        evidence=(*stands, *said) or (all_requirements(pool),),
        chain=(
            f"{'The pod' if wants else f'NodePool {path.id.name}'} allows {where} only.",
            f"EC2 offers {types} in {offered}.",
            "So Karpenter finds no offering to launch.",
        ),
        fixes=(*pool_fix(case, path, pool, found), *pod_fix(case, found, wants)),
        paths=frozenset({path.id}),
        meant=frozenset({path.id} if wants and not _unmet(case, path) else ()),
        change=Change.POOL_FIELD if index is not None else Change.SELECTOR,
        key="zone",
    )

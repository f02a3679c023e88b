"""The NodePool may launch only in zones in which its NodeClass has no subnet.

## What it checks

The zones that the NodePool's requirements and labels leave (by name or by id), against the zones of
the subnets that its NodeClass has resolved. A NodeClass without any subnet is EFA203.

## Why it matters

Karpenter offers each type only where there is a subnet for it. A zone without one, taken perhaps
from a list in another order or another region's letters, leaves no offering, and the message speaks
of instance types.

## Evidence

The NodePool's requirement on the zone, and the zones of the NodeClass's subnets.

## Fix

Allow a zone that has a subnet, or tag a subnet in the zone so that the NodeClass selects it.

## Sources

- https://karpenter.sh/docs/concepts/nodeclasses/
- https://karpenter.sh/docs/concepts/nodepools/
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    Fix,
    ObjectRef,
    Path,
    Risk,
    Stage,
    check,
    reference,
)
from efadoctor.model.edits import set_field
from efadoctor.model.karpenter import EC2NodeClass, NodePool
from efadoctor.scheduling.karpenter.blockers import NoOffering
from efadoctor_checks import _fabric, _subnets, _zones
from efadoctor_checks._zones import Narrowing


@check(
    "EFA705",
    stage=Stage.PLACEMENT,
    needs=(EC2NodeClass,),
    uses=_zones.FACTS,
    explains=("type-not-offered-in-zone", "nodepool-requirements-conflict"),
)
def no_subnet_in_zone(case: Case) -> Iterator[Finding]:
    """One finding for each NodePool whose zones have no subnet."""
    for path in case.paths:
        if path.pool is None or path.claim is not None:
            continue
        nodeclass = _fabric.nodeclass_of(case, path)
        if nodeclass is None or not nodeclass.status.subnets:
            continue
        found = _zones.narrowings(path.pool)
        if found and not _zones.launchable(nodeclass, path.pool):
            alone = (n for n in found if not any(map(n.admits, nodeclass.status.subnets)))
            yield _finding(case, path, path.pool, nodeclass, next(alone, found[0]))


def _finding(
    case: Case, path: Path, pool: NodePool, nodeclass: EC2NodeClass, narrowing: Narrowing
) -> Finding:
    wanted = ", ".join(sorted(narrowing.requirement.values)) or narrowing.requirement.operator
    have = ", ".join(sorted({s.zone for s in nodeclass.status.subnets}))
    found = _subnets.untagged(case, nodeclass, narrowing)
    missing = ObjectRef("aws/ec2", "Subnet", "", wanted.partition(",")[0])
    return Finding(
        object=reference(found) if found is not None else missing,
        summary=(
            f"NodePool {path.id.name} may launch in {wanted} only, where NodeClass "
            f"{nodeclass.metadata.name} has no subnet."
        ),
        evidence=(
            Evidence(object=reference(pool), field=narrowing.field, value=narrowing.value),
            Evidence(
                object=reference(nodeclass),
                field="status.subnets",
                value=nodeclass.status.subnets,
                expected=f"a subnet in {wanted}",
            ),
        ),
        chain=(
            f"The NodeClass's subnets are in {have}.",
            "No instance type has an offering where the NodePool may launch.",
        ),
        fixes=(_moved(path, pool, nodeclass, narrowing), *_subnets.tagged(nodeclass, found)),
        paths=frozenset({path.id}),
        change=Change.POOL_FIELD,
        key=path.id.name,
    )


def _moved(path: Path, pool: NodePool, nodeclass: EC2NodeClass, narrowing: Narrowing) -> Fix:
    """The NodePool where the subnets are: where its types are offered too, as far as is known."""
    offers = path.judgement.of_kind(NoOffering) if path.judgement is not None else ()
    zones = {zone for offer in offers for zone, _ in offer.offered}
    subnets = nodeclass.status.subnets
    values = sorted({narrowing.of(s) for s in subnets if s.zone in zones or not zones})
    values = values or sorted({narrowing.of(s) for s in subnets})
    field, value = narrowing.changed(tuple(values))
    return Fix(
        title=f"Let NodePool {pool.metadata.name} launch in {', '.join(values)}",
        edits=(set_field(pool, field, value),),
        risk=Risk.REPLACES_NODES,
        warning="Karpenter replaces nodes of the NodePool that are in other zones.",
    )

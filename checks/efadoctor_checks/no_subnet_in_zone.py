"""The NodePool may launch only in zones in which its NodeClass has no subnet.

## What it checks

The zones that the NodePool's requirements leave, against the zones of the subnets that its
NodeClass has resolved.

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
from efadoctor.model.karpenter import EC2NodeClass, Requirement
from efadoctor_checks import _fabric, _zones


@check(
    "EFA705",
    stage=Stage.PLACEMENT,
    needs=(EC2NodeClass,),
)
def no_subnet_in_zone(case: Case) -> Iterator[Finding]:
    """One finding for each NodePool whose zones have no subnet."""
    for path in case.paths:
        nodeclass = _fabric.nodeclass_of(case, path) if path.pool is not None else None
        found = _zones.requirement_of(path)
        if nodeclass is None or found is None or not path.hypothetical:
            continue
        zones = _zones.subnet_zones(case, path)
        if zones and not _zones.permitted(found[1], zones):
            yield _finding(path, nodeclass, found, zones)


def _finding(
    path: Path, nodeclass: EC2NodeClass, found: tuple[int, Requirement], zones: frozenset[str]
) -> Finding:
    index, requirement = found
    wanted = ", ".join(requirement.values) or requirement.operator
    have = sorted(zones)
    fixes: tuple[Fix, ...] = ()
    if path.pool is not None:
        field = f"spec.template.spec.requirements[{index}]"
        right = Requirement(key=_zones.ZONE, operator="In", values=tuple(have))
        fixes = (
            Fix(
                title=f"Let NodePool {path.id.name} launch in {', '.join(have)}",
                edits=(set_field(path.pool, field, right),),
                risk=Risk.REPLACES_NODES,
                warning="Karpenter replaces nodes of the NodePool that are in other zones.",
            ),
        )
    return Finding(
        object=ObjectRef(
            "aws/ec2", "Subnet", "", requirement.values[0] if requirement.values else ""
        ),
        summary=(
            f"NodePool {path.id.name} may launch in {wanted} only, where NodeClass "
            f"{nodeclass.metadata.name} has no subnet."
        ),
        evidence=(
            _zones_evidence(path, index, requirement),
            Evidence(
                object=reference(nodeclass),
                field="status.subnets",
                value=nodeclass.status.subnets,
                expected=f"a subnet in {wanted}",
            ),
        ),
        chain=(
            f"The NodeClass's subnets are in {', '.join(have)}.",
            "No instance type has an offering where the NodePool may launch.",
        ),
        fixes=fixes,
        paths=frozenset({path.id}),
        change=Change.POOL_FIELD,
        key=path.id.name,
    )


def _zones_evidence(path: Path, index: int, requirement: Requirement) -> Evidence:
    return Evidence(
        object=reference(path.pool),
        field=f"spec.template.spec.requirements[{index}]",
        value=requirement,
    )

"""The NodePool's requirements exclude each other, so that no instance type is left.

## What it checks

A NodePool's requirements against the instance types that EC2 has, before any pod is looked at: a
family that has no such size, an architecture that the family does not come in, a type whose name
is misspelt, a capacity type that the types cannot be had as, more different values than there are
(`minValues`). What only zones and offerings exclude is EFA207's business.

## Why it matters

Such a NodePool is Ready and looks healthy, and can never launch anything; Karpenter's event on
the pod does not even mention it.

## Evidence

The requirements that leave no type.

## Fix

Change the requirement that is wrong; the fix names the one that lets in a type which would serve.

## Sources

- https://karpenter.sh/docs/concepts/nodepools/#spectemplatespecrequirements
- https://karpenter.sh/docs/reference/instance-types/
"""

from collections.abc import Iterator

from efadoctor.authoring import Case, Change, Finding, Path, Stage, check, reference
from efadoctor.model.karpenter import NodePool
from efadoctor.scheduling.karpenter import PoolJudgement
from efadoctor.scheduling.karpenter.blockers import (
    MinValuesUnmet,
    NoTypeKnown,
    NoTypeLeft,
    TypesUnknown,
)
from efadoctor.scheduling.names import INSTANCE_TYPE
from efadoctor_checks._offerings import unavailable_capacity
from efadoctor_checks._paths import judged_pools, some
from efadoctor_checks._pool_types import (
    READS,
    all_requirements,
    misspelled_type,
    requirement_evidence,
)
from efadoctor_checks._region_offerings import offered_in_no_zone
from efadoctor_checks._requirement_fixes import conflict_fixes


@check("EFA204", stage=Stage.PROVISIONING, needs=(NodePool,), uses=READS)
def nodepool_requirements_conflict(case: Case) -> Iterator[Finding]:
    """One finding for each NodePool."""
    for path, judgement in judged_pools(case):
        if offered_in_no_zone(case, path):
            continue  # the requirements are sound, and EC2 has nothing for them
        said = _said(judgement) or _capacity(path)
        if said and path.pool is not None:
            yield _finding(case, path, path.pool, said)


def _said(judgement: PoolJudgement) -> str:
    none_left = [b for b in judgement.blockers if isinstance(b, NoTypeLeft)]
    if none_left:
        keys = [str(b.requirement) for b in none_left]
        near = [f"{b.nearest} is the nearest" for b in none_left if _is_slip(b)]
        together = " together" if len(keys) > 1 else ""
        hint = f" ({some(near, 2)})" if near else ""
        return f"{' and '.join(keys)} leave no instance type{together}{hint}"
    for blocker in judgement.blockers:
        if isinstance(blocker, TypesUnknown):
            wrong = [(t, right) for t in blocker.types if (right := misspelled_type(t))]
            return some((f"there is no type {t}; {right} is the nearest" for t, right in wrong), 2)
        if isinstance(blocker, NoTypeKnown):
            return "EC2 offers none of the types that it allows in this region"
        if isinstance(blocker, MinValuesUnmet):
            wanted = blocker.requirement
            return (
                f"{wanted.key} needs {wanted.min_values} different values and the types that "
                f"would serve have {blocker.found}"
            )
    return ""


def _is_slip(blocker: NoTypeLeft) -> bool:
    """Whether a value that exists is near one that is required and does not."""
    return bool(blocker.nearest) and not blocker.requirement.has(blocker.nearest)


def _capacity(path: Path) -> str:
    found = unavailable_capacity(path)
    if found is None:
        return ""
    wanted, offered = " or ".join(found.wanted), " or ".join(found.offered)
    return f"{wanted} capacity is asked for, and its types come as {offered}"


def _finding(case: Case, path: Path, pool: NodePool, said: str) -> Finding:
    blockers = path.judgement.blockers if path.judgement is not None else ()
    none_left = [b for b in blockers if isinstance(b, NoTypeLeft)]
    requirements = pool.spec.template.spec.requirements
    unknown = [t for b in blockers if isinstance(b, TypesUnknown) for t in b.types]
    keys = {b.requirement.key for b in none_left} | ({INSTANCE_TYPE} if unknown else set())
    blamed = [i for i, r in enumerate(requirements) if r.key in keys]
    near = [b.nearest for b in none_left if b.nearest]
    near += [right for t in unknown if (right := misspelled_type(t))]
    return Finding(
        object=reference(pool),
        summary=f"NodePool {path.id.name} can launch nothing: {said}.",
        evidence=tuple(requirement_evidence(pool, i) for i in blamed) or (all_requirements(pool),),
        chain=(
            f"In NodePool {path.id.name} {said}.",
            "So Karpenter launches nothing there for the pod.",
        ),
        fixes=conflict_fixes(case, path, pool, near),
        paths=frozenset({path.id}),
        change=Change.POOL_FIELD,
        key="requirements",
    )

"""NodePools whose types EC2 has in no zone of the region."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import Case, Change, Finding, Fix, Path, reference
from efadoctor.scheduling.karpenter.aws_types import offered_nowhere
from efadoctor.scheduling.karpenter.blockers import NoTypeLeft
from efadoctor.scheduling.karpenter.type_blockers import OFFERED_BY
from efadoctor.scheduling.requirements import Requirement, Requirements
from efadoctor_checks._paths import some
from efadoctor_checks._pool_types import (
    all_requirements,
    requirement_evidence,
    widening,
    widening_fix,
)


def offered_in_no_zone(case: Case, path: Path) -> tuple[str, ...]:
    """The types that a pool's requirements leave, where EC2 has them in no zone of the region."""
    blockers = path.judgement.blockers if path.judgement is not None else ()
    if path.pool is None or not any(isinstance(b, NoTypeLeft) for b in blockers):
        return ()
    own = Requirements(
        wanted
        for r in path.pool.spec.template.spec.requirements
        if (wanted := Requirement.of(r.key, r.operator, r.values)).key not in OFFERED_BY
    )
    nowhere = offered_nowhere(case.snapshot, path.pool)
    return tuple(t.name for t in nowhere if t.requirements.intersects(own))


def findings(case: Case, path: Path) -> Iterator[Finding]:
    """That EC2 has nothing for the pool, where its requirements are sound (EFA207)."""
    types, pool = offered_in_no_zone(case, path), path.pool
    if not types or pool is None:
        return
    found = widening(case, path)
    names = some(types, 3)
    excluding = found.excluding if found is not None else ()
    elsewhere = Fix(
        title="Run the pod in a region that has these types",
        unprovable="what EC2 offers in other regions was not read",
    )
    yield Finding(
        object=reference(pool),
        summary=f"EC2 offers {names}, all that NodePool {path.id.name} allows, in no zone here.",
        evidence=tuple(requirement_evidence(pool, i) for i in excluding)
        or (all_requirements(pool),),
        chain=(
            f"NodePool {path.id.name} allows {names} only.",
            "EC2 offers that in no zone of the region.",
            "So Karpenter finds nothing to launch.",
        ),
        fixes=(widening_fix(pool, found) if found is not None else elsewhere,),
        paths=frozenset({path.id}),
        change=Change.POOL_FIELD,
        key="zone",
    )

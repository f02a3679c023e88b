"""Instance types that a NodePool leaves out, and the change that would let one in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from efadoctor.authoring import Case, Evidence, Fix, Path, Risk, patch, reference, setting
from efadoctor.model.aws import (
    CapacityReservation,
    InstanceTypeInfo,
    InstanceTypeOffering,
    PlacementGroup,
)
from efadoctor.model.edits import Operations, removing
from efadoctor.model.karpenter import EC2NodeClass, NodePool, Requirement
from efadoctor.model.kubernetes import DaemonSet, Node
from efadoctor.scheduling.instance_types import known_types
from efadoctor.scheduling.karpenter import PoolJudgement
from efadoctor.scheduling.karpenter.pools import PoolTemplate, pools_of
from efadoctor.scheduling.karpenter.types import InstanceType, by_price
from efadoctor.scheduling.karpenter.vocabulary import CAPACITY_TYPE
from efadoctor.scheduling.names import EFA, GPU, ZONE
from efadoctor.scheduling.requirements import Requirement as Algebra
from efadoctor.scheduling.requirements import Requirements
from efadoctor.scheduling.spelling import nearest

AT = "spec.template.spec.requirements"

READS = (
    EC2NodeClass,
    InstanceTypeInfo,
    InstanceTypeOffering,
    CapacityReservation,
    PlacementGroup,
    DaemonSet,
    Node,
)
"""What decides which types a NodePool could launch."""


class Widening(msgspec.Struct, frozen=True, kw_only=True):
    """A type that would serve the pod, and the pool's requirements that leave it out."""

    type: InstanceType
    excluding: tuple[int, ...]


def widening(case: Case, path: Path, wanted: Iterable[str] = ()) -> Widening | None:
    """The serving type that the fewest of the pool's requirements leave out, None without any.

    Of equals: first those that ``wanted`` names (by any label's value), then those within the
    pool's limits, then the cheapest.
    """
    judgement, pool = path.judgement, path.pool
    if judgement is None or pool is None:
        return None
    template = _template(case, judgement)
    if template is None:
        return None
    meant = frozenset(wanted)

    def far(found: Widening) -> tuple[int, bool, bool]:
        over = not template.within_limits(found.type)
        return len(found.excluding), not _is_meant(found.type, meant), over

    serving = (
        Widening(type=type_, excluding=excluding)
        for type_ in _serving_types(template, judgement)
        if (excluding := tuple(_excluding(pool, type_)))
    )
    return min(serving, key=far, default=None)


def _template(case: Case, judgement: PoolJudgement) -> PoolTemplate | None:
    templates = pools_of(case.snapshot).templates
    return next((t for t in templates if t.name == judgement.nodepool), None)


def _serving_types(template: PoolTemplate, judgement: PoolJudgement) -> tuple[InstanceType, ...]:
    """The types with enough of everything, to be had where the pool launches; cheapest first.

    What none has enough of, EFA and GPUs aside, is another matter.
    """
    where = Requirements(r for r in judgement.requirements if r.key in (ZONE, CAPACITY_TYPE))
    known, provided = judgement.well_known, template.provided
    asked = {
        r: n
        for r, n in judgement.requests.items()
        if r in (EFA, GPU) or any(t.allocatable.get(r, 0) >= n for t in provided)
    }
    enough = [t for t in provided if t.fits(asked)]
    return by_price([t for t in enough if t.offered(where, known)], where, known)


def _is_meant(type_: InstanceType, meant: frozenset[str]) -> bool:
    return any(r.values & meant for r in type_.requirements)


def _excluding(pool: NodePool, type_: InstanceType) -> Iterator[int]:
    for index, requirement in enumerate(pool.spec.template.spec.requirements):
        only = Requirements((_algebra(requirement),))
        if not type_.requirements.intersects(only):
            yield index


def _algebra(requirement: Requirement) -> Algebra:
    return Algebra.of(requirement.key, requirement.operator, requirement.values)


def misspelled_type(name: str) -> str | None:
    """The type that an unknown one was plainly meant for; a new family is no misspelling.

    Sizes are the same for all families, so one that no type has is a slip.
    """
    known = known_types()
    sizes = {n.partition(".")[2] for n in known}
    return None if name.partition(".")[2] in sizes else nearest(name, known, 2)


# ---- evidence and fix -------------------------------------------------------


def requirement_evidence(pool: NodePool, index: int, expected: object = None) -> Evidence:
    """One requirement of a NodePool."""
    return Evidence(
        object=reference(pool),
        field=f"{AT}[{index}]",
        value=pool.spec.template.spec.requirements[index],
        expected=expected,
    )


def all_requirements(pool: NodePool) -> Evidence:
    """All requirements of a NodePool."""
    return Evidence(
        object=reference(pool), field=AT, value=pool.spec.template.spec.requirements or None
    )


def widening_fix(pool: NodePool, found: Widening) -> Fix:
    """Let the NodePool launch the type."""
    operations = [_admitting(pool, index, found.type) for index in reversed(found.excluding)]
    return Fix(
        title=f"Let NodePool {pool.metadata.name} launch {found.type.name}",
        edits=(patch(pool, *operations),),
        risk=Risk.COSTS_MONEY,
        warning=f"Karpenter then launches a {found.type.name} for the pod.",
    )


def _admitting(pool: NodePool, index: int, type_: InstanceType) -> Operations:
    requirement = pool.spec.template.spec.requirements[index]
    values = sorted(type_.requirements.get(requirement.key).values)
    at = f"{AT}[{index}]"
    if requirement.operator == "In" and values:
        return setting(pool, f"{at}.values", [*requirement.values, *values])
    if requirement.operator == "NotIn":
        kept = [v for v in requirement.values if v not in values]
        return setting(pool, f"{at}.values", kept) if kept else removing(pool, at)
    return removing(pool, at)

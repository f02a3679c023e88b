"""Fixes of a NodePool's requirements that exclude each other (EFA204)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from efadoctor.authoring import Case, Fix, Path, Risk, set_field
from efadoctor.model.karpenter import NodePool
from efadoctor.scheduling.karpenter.blockers import MinValuesUnmet
from efadoctor_checks._offerings import CAPACITY_TYPE, unavailable_capacity
from efadoctor_checks._pool_types import AT, widening, widening_fix


def conflict_fixes(case: Case, path: Path, pool: NodePool, near: Iterable[str]) -> tuple[Fix, ...]:
    """What the requirements must become for a type to be left; words where nobody can tell."""
    found = [*_fewer_values(path, pool), *_other_capacity(path, pool)]
    if not found and (wider := widening(case, path, near)) is not None:
        found.append(widening_fix(pool, wider))
    return tuple(found) or (
        Fix(
            title=f"Change what excludes each other in NodePool {pool.metadata.name}",
            unprovable="which of its requirements is meant is its author's to say",
        ),
    )


def _fewer_values(path: Path, pool: NodePool) -> Iterator[Fix]:
    """``minValues`` no higher than the number of values that there are."""
    for blocker in path.judgement.blockers if path.judgement is not None else ():
        if not isinstance(blocker, MinValuesUnmet):
            continue
        key, wanted = blocker.requirement.key, blocker.requirement.min_values
        for index, requirement in enumerate(pool.spec.template.spec.requirements):
            if requirement.key == key and requirement.min_values == wanted and blocker.found:
                yield Fix(
                    title=f"Want no more than {blocker.found} different values of {key}",
                    edits=(set_field(pool, f"{AT}[{index}].minValues", blocker.found),),
                    risk=Risk.COSTS_MONEY,
                    warning="Karpenter then launches a node for the pod.",
                )


def _other_capacity(path: Path, pool: NodePool) -> Iterator[Fix]:
    """The capacity types under which its types are to be had, beside those that it allows."""
    conflict = unavailable_capacity(path)
    for index, requirement in enumerate(pool.spec.template.spec.requirements):
        if conflict is None or (requirement.key, requirement.operator) != (CAPACITY_TYPE, "In"):
            continue
        values = [*requirement.values, *conflict.offered]
        yield Fix(
            title=f"Let NodePool {pool.metadata.name} launch {' or '.join(conflict.offered)}",
            edits=(set_field(pool, f"{AT}[{index}].values", values),),
            risk=Risk.COSTS_MONEY,
            warning="Capacity types differ in price, and in whether EC2 takes an instance back.",
        )

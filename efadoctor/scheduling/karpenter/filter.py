"""Which types are left for a pod, and what Karpenter says when none is.

Three questions decide about each type: do its labels meet the requirements, has it enough
of everything, is it offered. Karpenter says which of them, or which pair, excludes all.
These are the words of 1.13; 1.14 takes a type to have enough only where it is offered too,
which moves some refusals to another of the same sentences and changes no decision.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/scheduling/nodeclaim.go
"""

from collections.abc import Iterable

import msgspec

from efadoctor.scheduling.karpenter.amounts import printed
from efadoctor.scheduling.karpenter.types import Amounts, InstanceType
from efadoctor.scheduling.requirements import Requirement, Requirements

_A_MILLION_CORES = 10**6 * 1000


class Filtered(msgspec.Struct, frozen=True, kw_only=True):
    """The types that are left; ``clause`` is what Karpenter writes when none is."""

    left: tuple[InstanceType, ...] = ()
    clause: str = ""
    unmet_min_values: tuple[tuple[Requirement, int], ...] = ()


class _Answers(msgspec.Struct, frozen=True):
    """The three answers about one type."""

    meets: bool
    fits: bool
    offered: bool

    @property
    def all(self) -> bool:
        return self.meets and self.fits and self.offered


def filtered(
    types: Iterable[InstanceType],
    wanted: Requirements,
    well_known: frozenset[str],
    requests: Amounts,
    own_cpu: int = 0,
) -> Filtered:
    """The types that meet the requirements, have enough and are offered.

    ``requests`` includes daemons, ``own_cpu`` is the pod's share of it.
    """
    seen: list[_Answers] = []
    left: list[InstanceType] = []
    for type_ in types:
        answers = _Answers(
            type_.requirements.intersects(wanted),
            type_.fits(requests),
            bool(type_.offered(wanted, well_known)),
        )
        seen.append(answers)
        if answers.all:
            left.append(type_)
    unmet = unmet_min_values(left, wanted)
    if left and not unmet:
        return Filtered(left=tuple(left))
    if unmet:
        keys = " ".join(requirement.key for requirement, _ in unmet)
        reason = f"minValues requirement is not met for label(s) (label(s)=[{keys}])"
    else:
        reason = _reason(seen)
    clause = f"{reason}, requirements={wanted}, resources={printed(requests)}"
    if reason == _TOO_SMALL and own_cpu >= _A_MILLION_CORES:
        clause += " (CPU request >= 1 Million, m vs M typo?)"
    return Filtered(clause=clause, unmet_min_values=unmet)


def unmet_min_values(
    types: Iterable[InstanceType], wanted: Requirements
) -> tuple[tuple[Requirement, int], ...]:
    """The requirements whose ``minValues`` the types do not reach, and how many they have.

    No types reach everything: Karpenter then reports why there are none.
    """
    listed = tuple(types)
    if not listed:
        return ()
    found = (
        (r, len(frozenset().union(*(t.requirements.get(r.key).values for t in listed))))
        for r in wanted.with_min_values
    )
    return tuple((r, count) for r, count in found if count < (r.min_values or 0))


_TOO_SMALL = "no instance type has enough resources"


def _reason(seen: list[_Answers]) -> str:
    meets = any(a.meets for a in seen)
    fits = any(a.fits for a in seen)
    offered = any(a.offered for a in seen)
    match (meets, fits, offered):
        case (False, False, False):
            return (
                "no instance type met the scheduling requirements or had enough resources or had"
                " a required offering"
            )
        case (False, False, True):
            return "no instance type met the scheduling requirements or had enough resources"
        case (False, True, False):
            return "no instance type met the scheduling requirements or had a required offering"
        case (True, False, False):
            return "no instance type had enough resources or had a required offering"
        case (False, True, True):
            return "no instance type met all requirements"
        case (True, False, True):
            return _TOO_SMALL
        case (True, True, False):
            return "no instance type has the required offering"
        case _:
            return _pairwise(seen)


def _pairwise(seen: list[_Answers]) -> str:
    """Each question has a type that passes it, but no type passes all."""
    if any(a.meets and a.fits for a in seen):
        return (
            "no instance type which met the scheduling requirements and had enough resources, had"
            " a required offering"
        )
    if any(a.fits and a.offered for a in seen):
        return (
            "no instance type which had enough resources and the required offering met the"
            " scheduling requirements"
        )
    if any(a.meets and a.offered for a in seen):
        return (
            "no instance type which met the scheduling requirements and the required offering had"
            " the required resources"
        )
    return "no instance type met the requirements/resources/offering tuple"

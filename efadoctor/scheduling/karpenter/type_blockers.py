"""Which of a pool's types would serve a pod, and what is wrong with the others.

Asked in the order that a person would: right labels, enough of everything, to be had,
within limits. Where no type passes a question, the next one is asked of all of them.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from efadoctor.scheduling.karpenter.blockers import (
    Blocker,
    HugepagesNotModelled,
    InsufficientTogether,
    InsufficientTypes,
    LimitExceeded,
    MinValuesUnmet,
    NoOffering,
    NoTypeKnown,
    NoTypeLeft,
    RequirementConflict,
)
from efadoctor.scheduling.karpenter.filter import unmet_min_values
from efadoctor.scheduling.karpenter.pools import NODES, PoolTemplate
from efadoctor.scheduling.karpenter.types import HUGE_PAGES, Amounts, InstanceType, by_price
from efadoctor.scheduling.karpenter.vocabulary import CAPACITY_TYPE, ZONE_ID
from efadoctor.scheduling.names import EFA, GPU, ZONE
from efadoctor.scheduling.requirements import Requirement, Requirements
from efadoctor.scheduling.spelling import nearest

OFFERED_BY = frozenset({ZONE, CAPACITY_TYPE, ZONE_ID})
"""The labels that say where and how a type is offered, not what it is."""

_Left = tuple[list[InstanceType], list[Blocker]]


class TypeQuestion(msgspec.Struct, frozen=True):
    """The provider's types against a node that is otherwise decided.

    ``requests`` includes the daemons'.
    """

    template: PoolTemplate
    node: Requirements
    requests: Amounts

    @property
    def known(self) -> frozenset[str]:
        return self.template.vocabulary.well_known

    def judged(self) -> tuple[tuple[Blocker, ...], tuple[InstanceType, ...]]:
        """Every blocker among the types, and the types that come nearest, nearest first."""
        if not self.template.provided:
            return (NoTypeKnown(),), ()
        own = _without_offers(self.template.requirements)
        of_pool = [t for t in self.template.provided if t.requirements.intersects(own)]
        if not of_pool:
            found = tuple(self._excluded_by_pool(own))
            return found, self._nearest_first(self.template.provided)
        blockers: list[Blocker] = []
        left = self._step(blockers, of_pool, self._right_labels)
        left = self._step(blockers, left, self._enough)
        left = self._step(blockers, left, self._to_be_had)
        left = self._step(blockers, left, self._within_limits)
        blockers.extend(
            MinValuesUnmet(requirement=r, found=found)
            for r, found in unmet_min_values(left, self.node)
        )
        return tuple(blockers), self._nearest_first(left)

    def _step(
        self,
        blockers: list[Blocker],
        types: list[InstanceType],
        step: Callable[[list[InstanceType]], _Left],
    ) -> list[InstanceType]:
        """The types that pass a step; where none does, all of them: the next is asked too."""
        left, found = step(types)
        blockers.extend(found)
        return left or types

    def _nearest_first(self, types: Iterable[InstanceType]) -> tuple[InstanceType, ...]:
        """EFA and GPUs served first, then the fewest shortages, then the cheapest."""

        def far(type_: InstanceType) -> tuple[int, int]:
            short = type_.shortages(self.requests)
            return sum(r in short for r in (EFA, GPU)), len(short)

        return tuple(sorted(by_price(types, self.node, self.known), key=far))

    def _excluded_by_pool(self, own: Requirements) -> Iterator[NoTypeLeft]:
        for requirement in _excluding(own, self.template.provided):
            values = _values(requirement.key, self.template.provided)
            wanted = sorted(requirement.values)
            near = next((n for v in wanted if (n := nearest(v, sorted(values)))), "")
            yield NoTypeLeft(requirement=requirement, values=values, nearest=near)

    def _right_labels(self, types: list[InstanceType]) -> _Left:
        node = _without_offers(self.node)
        left = [t for t in types if t.requirements.intersects(node)]
        if left:
            return left, []
        found: list[Blocker] = [
            conflict(r, Requirement(r.key, values=_values(r.key, types)), by_types=True)
            for r in _excluding(node, types)
        ]
        return [], found

    def _enough(self, types: list[InstanceType]) -> _Left:
        short = [r for r in self.requests if not any(self._has(t, r) for t in types)]
        found = [self._insufficient(r, types) for r in short]
        rest = {r: a for r, a in self.requests.items() if r not in short}
        left = [t for t in types if t.fits(rest)]
        if not left:
            fewest = min(types, key=lambda t: len(t.shortages(rest)))
            scarce = fewest.shortages(rest)
            together = tuple(r for r in sorted(rest) if any(r in t.shortages(rest) for t in types))
            found.append(InsufficientTogether(resources=together or scarce))
        return left, found

    def _has(self, type_: InstanceType, resource: str) -> bool:
        return self.requests[resource] <= type_.allocatable.get(resource, 0)

    def _insufficient(self, resource: str, types: list[InstanceType]) -> Blocker:
        requested = self.requests[resource]
        daemons = self.template.daemons.get(resource, 0)
        best = max(types, key=lambda t: t.allocatable.get(resource, 0))
        known = (t.allocatable.get(resource, 0) for t in self.template.provided)
        most_known = max(known, default=0)
        if resource.startswith(HUGE_PAGES) and not most_known:
            return HugepagesNotModelled(resource=resource, requested=requested)
        most = best.allocatable.get(resource, 0)
        return InsufficientTypes(
            resource=resource,
            requested=requested - daemons,
            daemons=daemons,
            most=max(0, most - daemons),
            best=best.name if most > 0 else "",
            most_known=max(0, most_known - daemons),
        )

    def _to_be_had(self, types: list[InstanceType]) -> _Left:
        left = [t for t in types if t.offered(self.node, self.known)]
        if left:
            return left, []
        own = self.template.requirements
        pairs = {(o.zone, o.capacity_type) for t in types for o in t.offerings if o.available}
        found = NoOffering(
            types=tuple(t.name for t in types),
            zones=self.node.get(ZONE),
            capacity_types=self.node.get(CAPACITY_TYPE),
            offered=tuple(sorted(pairs)),
            by_pool=not any(t.offered(own, self.known) for t in types),
        )
        return [], [found]

    def _within_limits(self, types: list[InstanceType]) -> _Left:
        template = self.template
        left = [t for t in types if template.within_limits(t)]
        needed = {r: min(t.capacity.get(r, 0) for t in types) for r in template.limits}
        if NODES in needed and template.remaining(NODES) <= 0:
            left, needed[NODES] = [], 1
        if left:
            return left, []
        over = [r for r, amount in needed.items() if amount > template.remaining(r)]
        if not over:
            closest = self._nearest_first(types)[0].capacity
            over = [r for r in needed if closest.get(r, 0) > template.remaining(r)]
            needed = {r: closest.get(r, 0) for r in over}
        found: list[Blocker] = [
            LimitExceeded(
                resource=r,
                limit=template.limits[r],
                used=template.used.get(r, 0),
                needed=needed[r],
            )
            for r in sorted(over)
        ]
        return [], found


def _without_offers(requirements: Requirements) -> Requirements:
    return Requirements(r for r in requirements if r.key not in OFFERED_BY)


def _excluding(wanted: Requirements, types: Iterable[InstanceType]) -> tuple[Requirement, ...]:
    """The requirements that exclude every type, else those that exclude some."""
    listed = tuple(types)

    def excluded(requirement: Requirement) -> int:
        only = Requirements((requirement,))
        return sum(not t.requirements.intersects(only) for t in listed)

    counts = [(r, excluded(r)) for r in wanted]
    by_itself = tuple(r for r, count in counts if count == len(listed))
    return by_itself or tuple(r for r, count in counts if count)


def _values(key: str, types: Iterable[InstanceType]) -> frozenset[str]:
    return frozenset().union(*(t.requirements.get(key).values for t in types))


def conflict(
    wanted: Requirement, offered: Requirement, *, by_types: bool = False
) -> RequirementConflict:
    """The blocker that two requirements on one label make, with the value that was meant."""
    values = sorted(wanted.values) if wanted.operator == "In" else []
    near = next((n for v in values if (n := nearest(v, sorted(offered.values)))), "")
    return RequirementConflict(wanted=wanted, offered=offered, nearest=near, by_types=by_types)

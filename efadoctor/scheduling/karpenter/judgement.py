"""One pod against one NodePool, without stopping at the first refusal.

Where the pod contradicts the pool on a label, the pool's word is taken and the question
goes on: what else would be in the way? The types are judged last, in the order that a
person would ask: right labels, enough of everything, to be had, within limits.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from efadoctor.model.karpenter import NodePool
from efadoctor.scheduling.instance_types import EFA, NVIDIA_GPU
from efadoctor.scheduling.karpenter.attempt import NEW_HOST, Ask, Attempt, attempt
from efadoctor.scheduling.karpenter.blockers import (
    Blocker,
    HostPortConflict,
    HugepagesNotModelled,
    InsufficientTogether,
    InsufficientTypes,
    LimitExceeded,
    MinValuesUnmet,
    NoOffering,
    NoTypeKnown,
    NoTypeLeft,
    RequirementConflict,
    UnknownLabel,
    UntoleratedPoolTaint,
    VolumeZoneConflict,
)
from efadoctor.scheduling.karpenter.filter import unmet_min_values
from efadoctor.scheduling.karpenter.pools import NODES, PoolTemplate
from efadoctor.scheduling.karpenter.topology import ALL_EFFECTS, narrowed
from efadoctor.scheduling.karpenter.types import HUGE_PAGES, Amounts, InstanceType, by_price
from efadoctor.scheduling.karpenter.vocabulary import CAPACITY_TYPE, ZONE_ID
from efadoctor.scheduling.requests import summed
from efadoctor.scheduling.requirements import HOSTNAME, ZONE, Requirement, Requirements
from efadoctor.scheduling.spelling import nearest
from efadoctor.scheduling.taints import untolerated

OFFERED_BY = frozenset({ZONE, CAPACITY_TYPE, ZONE_ID})
"""The labels that say where and how a type is offered, not what it is."""


class PoolJudgement(msgspec.Struct, frozen=True, kw_only=True):
    """What a NodePool would do for a pod.

    ``launch`` are the types that Karpenter would let EC2 choose from, cheapest first; empty
    where it would launch nothing. ``closest`` are the same, else the types that come nearest
    to serving the pod. ``requirements`` are what the node would be (the pool's word where the
    pod contradicts it), ``requests`` includes the daemons'. ``clause`` is what Karpenter
    writes of this pool, "" where it writes nothing. ``unknown_types`` are named by the pool
    but known to neither EC2 nor the table: what they would do is not known either.
    """

    pool: NodePool
    blockers: tuple[Blocker, ...] = ()
    clause: str = ""
    launch: tuple[InstanceType, ...] = ()
    closest: tuple[InstanceType, ...] = ()
    requirements: Requirements = Requirements()
    requests: Amounts = msgspec.field(default_factory=dict)
    well_known: frozenset[str] = frozenset()
    unknown_types: tuple[str, ...] = ()

    @property
    def nodepool(self) -> str:
        return self.pool.metadata.name

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones in which the types could be launched."""
        return self._offered(lambda zone, _: zone)

    @property
    def capacity_types(self) -> tuple[str, ...]:
        """The capacity types under which they could be launched."""
        return self._offered(lambda _, capacity_type: capacity_type)

    def of_kind(self, kind: type[Blocker]) -> tuple[Blocker, ...]:
        """The blockers of one kind."""
        return tuple(b for b in self.blockers if isinstance(b, kind))

    def _offered(self, part: Callable[[str, str], str]) -> tuple[str, ...]:
        found = {
            part(o.zone, o.capacity_type)
            for t in self.closest
            for o in t.offered(self.requirements, self.well_known)
        }
        return tuple(sorted(found - {""}))


def judge(template: PoolTemplate, asked: Ask, of_pod: tuple[Blocker, ...]) -> PoolJudgement:
    """Everything that stands between the pod and a new node of the pool."""
    tried = attempt(template, asked) if _is_tried(template, of_pod) else Attempt()
    requests = summed((template.daemons, asked.requests))
    well_known = template.vocabulary.well_known
    if tried.types:
        ordered = by_price(tried.types, tried.requirements, well_known)
        return PoolJudgement(
            pool=template.pool,
            launch=ordered,
            closest=ordered,
            requirements=tried.requirements,
            requests=requests,
            well_known=well_known,
            unknown_types=template.unknown,
        )
    blockers, node = _of_labels(template, asked)
    more, closest = _Types(template, node, requests).judged()
    return PoolJudgement(
        pool=template.pool,
        blockers=(*template.skipped, *of_pod, *blockers, *more),
        clause=tried.clause,
        closest=closest,
        requirements=Requirements(r for r in node if r.key != HOSTNAME),
        requests=requests,
        well_known=well_known,
        unknown_types=template.unknown,
    )


def _is_tried(template: PoolTemplate, of_pod: tuple[Blocker, ...]) -> bool:
    """Whether Karpenter gets as far as trying the pool."""
    return not (template.skipped or of_pod) and bool(template.types)


# ---- labels, taints, ports, volumes, topology -------------------------------


def _of_labels(template: PoolTemplate, asked: Ask) -> tuple[tuple[Blocker, ...], Requirements]:
    """What refuses the pod before any type is looked at, and what the node would be."""
    found: list[Blocker] = [
        UntoleratedPoolTaint(taint=taint, index=index)
        for index, taint in untolerated(template.taints, asked.pod.spec.tolerations, ALL_EFFECTS)
    ]
    found.extend(
        HostPortConflict(port=p.port, protocol=p.protocol, daemonset=d.owner)
        for p in asked.ports
        for d in template.ports
        if p.clashes(d)
    )
    node = template.requirements.plus((NEW_HOST,))
    known = template.vocabulary
    undefined = node.undefined(asked.wanted, known.well_known)
    labels = known.well_known | {r.key for r in template.requirements}
    found.extend(
        UnknownLabel(
            wanted=asked.wanted.get(key),
            hint=known.hint(key, template.requirements),
            nearest=nearest(key, labels) or "",
        )
        for key in undefined
    )
    conflicts = node.conflicts(asked.wanted)
    found.extend(_conflict(c.incoming, c.existing) for c in conflicts)
    node = _agreeing(node, asked.wanted)
    placed, volumes = _placed(node, asked)
    found.extend(volumes)
    choices, unmet = narrowed(asked.groups, asked.needed, placed)
    found.extend(unmet)
    fitting = (c for c in choices if placed.intersects(c))
    return tuple(found), placed.plus(next(fitting, Requirements()))


def _agreeing(node: Requirements, wanted: Requirements) -> Requirements:
    """The node's requirements with those of the pod that do not contradict them."""
    against = {c.key for c in node.conflicts(wanted)}
    return node.plus(r for r in wanted if r.key not in against)


def _placed(node: Requirements, asked: Ask) -> tuple[Requirements, tuple[Blocker, ...]]:
    """The node where the pod's volumes can be, or the conflicts of the best combination."""
    best = min(asked.places, key=lambda place: len(node.conflicts(place.requirements)))
    conflicts = tuple(
        VolumeZoneConflict(wanted=c.incoming, offered=c.existing, claims=best.claims)
        for c in node.conflicts(best.requirements)
    )
    return _agreeing(node, best.requirements), conflicts


def _conflict(
    wanted: Requirement, offered: Requirement, *, by_types: bool = False
) -> RequirementConflict:
    values = sorted(wanted.values) if wanted.operator == "In" else []
    near = next((n for v in values if (n := nearest(v, sorted(offered.values)))), "")
    return RequirementConflict(wanted=wanted, offered=offered, nearest=near, by_types=by_types)


# ---- types ------------------------------------------------------------------


class _Types:
    """The provider's types against a node that is otherwise decided."""

    def __init__(self, template: PoolTemplate, node: Requirements, requests: Amounts) -> None:
        self._template = template
        self._node = node
        self._requests = requests
        self._known = template.vocabulary.well_known

    def judged(self) -> tuple[tuple[Blocker, ...], tuple[InstanceType, ...]]:
        """Every blocker among the types, and the types that come nearest, nearest first."""
        if not self._template.provided:
            return (NoTypeKnown(),), ()
        own = _without_offers(self._template.requirements)
        of_pool = [t for t in self._template.provided if t.requirements.intersects(own)]
        if not of_pool:
            found = tuple(self._excluded_by_pool(own))
            return found, self._nearest_first(self._template.provided)
        blockers: list[Blocker] = []
        left = self._step(blockers, of_pool, self._right_labels)
        left = self._step(blockers, left, self._enough)
        left = self._step(blockers, left, self._to_be_had)
        left = self._step(blockers, left, self._within_limits)
        blockers.extend(
            MinValuesUnmet(requirement=r, found=found)
            for r, found in unmet_min_values(left, self._node)
        )
        return tuple(blockers), self._nearest_first(left)

    def _step(
        self,
        blockers: list[Blocker],
        types: list[InstanceType],
        step: Callable[[list[InstanceType]], tuple[list[InstanceType], list[Blocker]]],
    ) -> list[InstanceType]:
        """The types that pass a step; where none does, all of them: the next is asked too."""
        left, found = step(types)
        blockers.extend(found)
        return left or types

    def _nearest_first(self, types: Iterable[InstanceType]) -> tuple[InstanceType, ...]:
        """EFA and GPUs served first, then the fewest shortages, then the cheapest."""

        def far(type_: InstanceType) -> tuple[int, int]:
            short = type_.shortages(self._requests)
            return sum(r in short for r in (EFA, NVIDIA_GPU)), len(short)

        return tuple(sorted(by_price(types, self._node, self._known), key=far))

    def _excluded_by_pool(self, own: Requirements) -> Iterator[NoTypeLeft]:
        for requirement in _excluding(own, self._template.provided):
            values = _values(requirement.key, self._template.provided)
            wanted = sorted(requirement.values)
            near = next((n for v in wanted if (n := nearest(v, sorted(values)))), "")
            yield NoTypeLeft(requirement=requirement, values=values, nearest=near)

    def _right_labels(self, types: list[InstanceType]) -> tuple[list[InstanceType], list[Blocker]]:
        node = _without_offers(self._node)
        left = [t for t in types if t.requirements.intersects(node)]
        if left:
            return left, []
        found: list[Blocker] = [
            _conflict(r, Requirement(r.key, values=_values(r.key, types)), by_types=True)
            for r in _excluding(node, types)
        ]
        return [], found

    def _enough(self, types: list[InstanceType]) -> tuple[list[InstanceType], list[Blocker]]:
        short = [r for r in self._requests if not any(self._has(t, r) for t in types)]
        found = [self._insufficient(r, types) for r in short]
        rest = {r: a for r, a in self._requests.items() if r not in short}
        left = [t for t in types if t.fits(rest)]
        if not left:
            fewest = min(types, key=lambda t: len(t.shortages(rest)))
            scarce = fewest.shortages(rest)
            together = tuple(r for r in sorted(rest) if any(r in t.shortages(rest) for t in types))
            found.append(InsufficientTogether(resources=together or scarce))
        return left, found

    def _has(self, type_: InstanceType, resource: str) -> bool:
        return self._requests[resource] <= type_.allocatable.get(resource, 0)

    def _insufficient(self, resource: str, types: list[InstanceType]) -> Blocker:
        requested = self._requests[resource]
        daemons = self._template.daemons.get(resource, 0)
        best = max(types, key=lambda t: t.allocatable.get(resource, 0))
        known = (t.allocatable.get(resource, 0) for t in self._template.provided)
        most_known = max(known, default=0)
        if resource.startswith(HUGE_PAGES) and not most_known:
            return HugepagesNotModelled(resource=resource, requested=requested)
        most = best.allocatable.get(resource, 0)
        return InsufficientTypes(
            resource=resource,
            requested=requested - daemons,
            daemons=daemons,
            most=most - daemons,
            best=best.name if most > 0 else "",
            most_known=most_known - daemons,
        )

    def _to_be_had(self, types: list[InstanceType]) -> tuple[list[InstanceType], list[Blocker]]:
        left = [t for t in types if t.offered(self._node, self._known)]
        if left:
            return left, []
        own = self._template.requirements
        pairs = {(o.zone, o.capacity_type) for t in types for o in t.offerings if o.available}
        found = NoOffering(
            types=tuple(t.name for t in types),
            zones=self._node.get(ZONE),
            capacity_types=self._node.get(CAPACITY_TYPE),
            offered=tuple(sorted(pairs)),
            by_pool=not any(t.offered(own, self._known) for t in types),
        )
        return [], [found]

    def _within_limits(self, types: list[InstanceType]) -> tuple[list[InstanceType], list[Blocker]]:
        template = self._template
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

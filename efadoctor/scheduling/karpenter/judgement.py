"""One pod against one NodePool, without stopping at the first refusal.

Where the pod contradicts the pool on a label, the pool's word is taken and the question
goes on: what else would be in the way? The types are judged last, in the order that a
person would ask: right labels, enough of everything, to be had, within limits.
"""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from efadoctor.model.karpenter import NodePool
from efadoctor.scheduling.karpenter.attempt import NEW_HOST, Ask, Attempt, attempt
from efadoctor.scheduling.karpenter.blockers import (
    Blocker,
    HostPortConflict,
    TopologyUnmet,
    TypesUnknown,
    UnknownLabel,
    UntoleratedPoolTaint,
    VolumeZoneConflict,
)
from efadoctor.scheduling.karpenter.pools import PoolTemplate
from efadoctor.scheduling.karpenter.topology import ALL_EFFECTS, narrowed
from efadoctor.scheduling.karpenter.type_blockers import TypeQuestion, conflict
from efadoctor.scheduling.karpenter.types import Amounts, InstanceType, by_price
from efadoctor.scheduling.karpenter.volumes import Whereabouts
from efadoctor.scheduling.names import HOSTNAME
from efadoctor.scheduling.requests import summed
from efadoctor.scheduling.requirements import Requirement, Requirements
from efadoctor.scheduling.spelling import nearest
from efadoctor.scheduling.taints import untolerated

B = TypeVar("B", bound=Blocker)


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

    def of_kind(self, kind: type[B]) -> tuple[B, ...]:
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
    more, closest = TypeQuestion(template, node, requests).judged()
    if more and template.unknown:
        more, closest = (TypesUnknown(types=template.unknown),), ()
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
    found.extend(conflict(c.incoming, c.existing) for c in conflicts)
    node = _agreeing(node, asked.wanted)
    placed, volumes = _placed(node, asked, known.well_known)
    found.extend(volumes)
    choices, unmet = narrowed(asked.groups, asked.needed, placed)
    fitting = next((c for c in choices if not _not_of(placed, c, known.well_known)), None)
    found.extend(unmet or _unmet_by_labels(placed, choices, asked, known.well_known))
    return tuple(found), placed.plus(fitting or Requirements())


def _unmet_by_labels(
    placed: Requirements,
    choices: tuple[Requirements, ...],
    asked: Ask,
    well_known: frozenset[str],
) -> tuple[TopologyUnmet, ...]:
    """The topology constraints that some node may meet, but none of this pool: by their labels."""
    against = [_not_of(placed, choice, well_known) for choice in choices]
    keys = min(against, key=len, default=frozenset())
    return tuple(
        group.unmet(asked.needed.get(group.key), placed.get(group.key))
        for group in asked.groups
        if group.key in keys
    )


def _not_of(node: Requirements, choice: Requirements, well_known: frozenset[str]) -> frozenset[str]:
    """The labels for which the node cannot be what is chosen."""
    final = node.plus(choice)
    conflicts = (c.key for c in node.conflicts(final))
    return frozenset((*conflicts, *node.undefined(final, well_known)))


def _agreeing(node: Requirements, wanted: Requirements) -> Requirements:
    """The node's requirements with those of the pod that do not contradict them."""
    against = {c.key for c in node.conflicts(wanted)}
    return node.plus(r for r in wanted if r.key not in against)


def _placed(
    node: Requirements, asked: Ask, well_known: frozenset[str]
) -> tuple[Requirements, tuple[Blocker, ...]]:
    """The node where the pod's volumes can be, or the conflicts of the best combination."""
    conflicts, best = min(
        ((_volume_conflicts(node, place, well_known), place) for place in asked.places),
        key=lambda found: len(found[0]),
    )
    return _agreeing(node, best.requirements), conflicts


def _volume_conflicts(
    node: Requirements, place: Whereabouts, well_known: frozenset[str]
) -> tuple[VolumeZoneConflict, ...]:
    """The labels for which the node is not where the volumes are: other values, or none."""
    wanted = place.requirements
    pairs = [(c.incoming, c.existing) for c in node.conflicts(wanted)]
    pairs += [(wanted.get(k), Requirement(k)) for k in node.undefined(wanted, well_known)]
    return tuple(
        VolumeZoneConflict(wanted=incoming, offered=existing, claims=place.claims)
        for incoming, existing in pairs
    )

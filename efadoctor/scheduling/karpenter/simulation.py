"""What Karpenter would do for one pod: the NodePool and types to launch, or why not.

Existing and in-flight nodes are not looked at: the question is about a new node.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/scheduling/scheduler.go
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import msgspec
from msgspec.structs import replace

from efadoctor.model.decoding import without_nulls
from efadoctor.model.errors import UsageError
from efadoctor.model.inert import inert_json
from efadoctor.model.kubernetes import Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.karpenter.attempt import Ask, ask
from efadoctor.scheduling.karpenter.blockers import Blocker, OptsOut
from efadoctor.scheduling.karpenter.judgement import PoolJudgement, judge
from efadoctor.scheduling.karpenter.pools import Pools, PoolTemplate, pools_of
from efadoctor.scheduling.karpenter.topology_groups import groups_of
from efadoctor.scheduling.karpenter.types import Amounts, Catalogue
from efadoctor.scheduling.karpenter.validity import pod_blockers, words
from efadoctor.scheduling.karpenter.volumes import whereabouts
from efadoctor.scheduling.karpenter.wants import relaxations
from efadoctor.scheduling.requests import pod_requests

NO_TYPE_IN_ANY_POOL = "nodepool requirements filtered out all available instance types"
_MOST_RELAXATIONS = 256


class Provisioning(msgspec.Struct, frozen=True, kw_only=True):
    """What Karpenter would do for the pod.

    ``nodepool`` is the pool of the node that it would launch and ``instance_types`` the types
    it would choose from, cheapest first; else ``errors`` has what it writes of each pool, and
    ``message`` all of its event ("" where it says nothing). ``judgements`` has every pool.
    """

    nodepool: str | None = None
    instance_types: tuple[str, ...] = ()
    errors: Mapping[str, str] = msgspec.field(default_factory=dict)
    judgements: Mapping[str, PoolJudgement] = msgspec.field(default_factory=dict)
    message: str = ""

    @property
    def judgement(self) -> PoolJudgement | None:
        """The judgement of the pool that would launch a node."""
        return self.judgements[self.nodepool] if self.nodepool is not None else None


def provision(
    snapshot: Snapshot, pod: Pod | Mapping[str, Any], instance_types: Catalogue | None = None
) -> Provisioning:
    """What Karpenter would do for this pod on the snapshot's NodePools.

    ``instance_types``: a catalogue in the form of Karpenter's simulated provider; without one,
    the types are those that EC2 (or the packaged table) and each pool's NodeClass offer.
    Raises UsageError for a pod or a catalogue of another form, InvalidQuantityError for a
    request that is no quantity.
    """
    subject = pod if isinstance(pod, Pod) else _as_pod(pod)
    pools = pools_of(snapshot, instance_types)
    of_pod = pod_blockers(snapshot, subject, pools.vocabulary)
    stages = tuple(_stages(snapshot, subject, pools))
    judgements = {t.name: _best(t, stages, of_pod) for t in pools.templates}
    usable = tuple(t for t in pools.ready if t.types)
    if not (of_pod and words(of_pod, pools.vocabulary)) and usable and not _silent(of_pod):
        return _tried(usable, stages, judgements)
    return _untried(pools, of_pod, judgements)


def _as_pod(pod: Mapping[str, Any]) -> Pod:
    try:
        return msgspec.convert(inert_json(without_nulls(dict(pod))), Pod)
    except msgspec.ValidationError as error:
        raise UsageError(f"pod: {error}") from None


def _silent(of_pod: tuple[Blocker, ...]) -> bool:
    return any(isinstance(b, OptsOut) for b in of_pod)


def _stages(snapshot: Snapshot, pod: Pod, pools: Pools) -> Iterator[Ask]:
    """The pod at every stage of giving up its preferences."""
    requests: Amounts = {"pods": 1} | dict(pod_requests(pod))
    known = pools.vocabulary
    places = tuple(
        replace(place, requirements=known.read(place.requirements))
        for place in whereabouts(snapshot, pod)
    )
    relaxed = relaxations(pod, tolerate_preferences=pools.has_preferred_taints)
    for stage in islice(relaxed, _MOST_RELAXATIONS):
        yield ask(stage, known, requests, places, groups_of(snapshot, stage, pools.domains))


def _best(
    template: PoolTemplate, stages: tuple[Ask, ...], of_pod: tuple[Blocker, ...]
) -> PoolJudgement:
    """The pool's judgement at the first stage that it takes, else at the one it is nearest to.

    Of equally near stages the last counts: it is the one that Karpenter reports.
    """
    best: PoolJudgement | None = None
    for stage in stages:
        judged = judge(template, stage, of_pod)
        if judged.launch:
            return judged
        if best is None or len(judged.blockers) <= len(best.blockers):
            best = judged
    return best if best is not None else PoolJudgement(pool=template.pool)


def _tried(
    usable: tuple[PoolTemplate, ...],
    stages: tuple[Ask, ...],
    judgements: Mapping[str, PoolJudgement],
) -> Provisioning:
    """Stage by stage, each pool in order; the words are those of the last stage."""
    for stage in stages:
        for template in usable:
            judged = judge(template, stage, ())
            if judged.launch:
                return Provisioning(
                    nodepool=template.name,
                    instance_types=tuple(t.name for t in judged.launch),
                    judgements={**judgements, template.name: judged},
                )
    errors = {t.name: judge(t, stages[-1], ()).clause for t in usable}
    return Provisioning(errors=errors, judgements=judgements, message="; ".join(errors.values()))


def _untried(
    pools: Pools, of_pod: tuple[Blocker, ...], judgements: Mapping[str, PoolJudgement]
) -> Provisioning:
    """Nothing is tried: one reason for the pod, or no pool has a type."""
    said = words(of_pod, pools.vocabulary)
    if not said and pools.ready and not _silent(of_pod):
        said = NO_TYPE_IN_ANY_POOL
    errors = {t.name: said for t in pools.ready} if said else {}
    return Provisioning(errors=errors, judgements=judgements, message=said)

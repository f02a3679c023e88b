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
from efadoctor.scheduling.karpenter.blockers import Blocker
from efadoctor.scheduling.karpenter.judgement import PoolJudgement, judge
from efadoctor.scheduling.karpenter.pools import Pools, pools_of
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
    judged = {t.name: tuple(judge(t, s, of_pod) for s in stages) for t in pools.templates}
    best = {name: _best(judgements) for name, judgements in judged.items()}
    usable = tuple(t.name for t in pools.ready if t.types)
    if usable and not of_pod:
        return _tried(usable, judged, best)
    return _untried(pools, of_pod, best)


def _as_pod(pod: Mapping[str, Any]) -> Pod:
    """The pod; where it names no namespace, it is in the one that the API server gives it."""
    try:
        found = msgspec.convert(inert_json(without_nulls(dict(pod))), Pod)
    except msgspec.ValidationError as error:
        raise UsageError(f"pod: {error}") from None
    namespace = found.metadata.namespace or "default"
    return replace(found, metadata=replace(found.metadata, namespace=namespace))


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
        groups = groups_of(snapshot, stage, pools.domains, as_written=pod)
        yield ask(stage, known, requests, places, groups)


def _best(stages: tuple[PoolJudgement, ...]) -> PoolJudgement:
    """The judgement of the first stage that the pool takes, else of the one it is nearest to.

    Of equally near stages the last counts: it is the one that Karpenter reports.
    """
    taken = next((judged for judged in stages if judged.launch), None)
    return taken or min(reversed(stages), key=lambda judged: len(judged.blockers))


def _tried(
    usable: tuple[str, ...],
    judged: Mapping[str, tuple[PoolJudgement, ...]],
    best: Mapping[str, PoolJudgement],
) -> Provisioning:
    """Stage by stage, each pool in order; the words are those of the last stage."""
    for of_stage in zip(*(judged[name] for name in usable), strict=True):
        taken = next((j for j in of_stage if j.launch), None)
        if taken is not None:
            return Provisioning(
                nodepool=taken.nodepool,
                instance_types=tuple(t.name for t in taken.launch),
                judgements={**best, taken.nodepool: taken},
            )
    errors = {name: judged[name][-1].clause for name in usable}
    return Provisioning(errors=errors, judgements=best, message="; ".join(errors.values()))


def _untried(
    pools: Pools, of_pod: tuple[Blocker, ...], judgements: Mapping[str, PoolJudgement]
) -> Provisioning:
    """Nothing is tried: one reason for the pod, or no pool has a type."""
    said = words(of_pod, pools.vocabulary, tried=bool(pools.ready))
    if not of_pod and pools.ready:
        said = NO_TYPE_IN_ANY_POOL
    errors = {t.name: said for t in pools.ready} if said else {}
    return Provisioning(errors=errors, judgements=judgements, message=said)

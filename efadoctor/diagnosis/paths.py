"""The ways in that a pod has: classes of equal nodes, NodePools, node groups."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

import msgspec

from efadoctor.model.aws import NodeGroup
from efadoctor.model.finding import PathId, PathKind
from efadoctor.model.karpenter import NodeClaim, NodePool
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.devices import Device, efa_interfaces, plugin_on
from efadoctor.scheduling.discovery import as_discovered
from efadoctor.scheduling.karpenter import provision, template_node
from efadoctor.scheduling.nodegroups import group_node
from efadoctor.scheduling.path import Path
from efadoctor.scheduling.prediction import Prediction, judge_node
from efadoctor.scheduling.promises import (
    as_it_would_be,
    claim_node,
    claim_of,
    has_node,
    in_flight,
    serves,
)
from efadoctor.scheduling.refusals import AffinityUnmet, InsufficientResource, Refusal, UntoleratedTaint

NOT_YET_MADE = "a NodePool yet to be made"


def ways_in(
    snapshot: Snapshot, pod: Pod, demand: Mapping[str, int], prediction: Prediction
) -> tuple[Path, ...]:
    """Every path of a pod: existing nodes first, then pools, then groups."""
    paths = [
        *_node_paths(snapshot, demand, prediction),
        *_pool_paths(snapshot, pod, demand, prediction.prefilter),
        *_group_paths(snapshot, pod, demand, prediction.prefilter),
    ]
    if not any(p.serves is not False for p in paths):
        paths.append(_missing(pod, prediction.prefilter))
    return tuple(paths)


# ---- existing nodes ---------------------------------------------------------


def _node_paths(
    snapshot: Snapshot, demand: Mapping[str, int], prediction: Prediction
) -> Iterator[Path]:
    classes: dict[Hashable, list[Node]] = {}
    devices = [d for d in Device if demand.get(d.value)]
    for node in sorted(snapshot.all(Node), key=lambda n: n.metadata.name):
        refusals = tuple(prediction.blockers.get(node.metadata.name, ()))
        classes.setdefault(_likeness(snapshot, node, refusals, devices), []).append(node)
    for nodes in classes.values():
        first = nodes[0]
        refusals = tuple(prediction.blockers.get(first.metadata.name, ()))
        yield Path(
            id=PathId(PathKind.NODE.value, first.metadata.name),
            node=first,
            nodes=tuple(n.metadata.name for n in nodes),
            refusals=refusals,
            claim=claim_of(snapshot, first),
            serves=serves(snapshot, first, demand),
            selected=not any(isinstance(r, AffinityUnmet) for r in refusals),
        )


def _likeness(
    snapshot: Snapshot, node: Node, refusals: tuple[Refusal, ...], devices: list[Device]
) -> Hashable:
    """Equal for nodes that have the same things against them for the same reasons."""
    labels = node.metadata.labels
    ready = next((c.status for c in node.status.conditions if c.type == "Ready"), "")
    interfaces = efa_interfaces(snapshot, node) if Device.EFA in devices else None
    return (
        labels.get("karpenter.sh/nodepool"),
        labels.get("eks.amazonaws.com/nodegroup"),
        labels.get("node.kubernetes.io/instance-type"),
        ready,
        interfaces.count if interfaces else None,
        tuple(map(_kind_of_refusal, refusals)),
        tuple(_plugin_state(snapshot, device, node) for device in devices),
    )


def _kind_of_refusal(refusal: Refusal) -> Hashable:
    match refusal:
        case UntoleratedTaint(taint=taint):
            return (taint.key, taint.value, taint.effect)
        case InsufficientResource(resource=resource, allocatable=allocatable):
            return (resource, refusal.unresolvable, allocatable == 0)
        case _:
            return (refusal.plugin, refusal.reason)


def _plugin_state(snapshot: Snapshot, device: Device, node: Node) -> Hashable:
    plugin = plugin_on(snapshot, device, node)
    if plugin is None:
        return None
    statuses = plugin.pod.status.container_statuses if plugin.pod else ()
    waiting = tuple(s.state.waiting.reason if s.state.waiting else "" for s in statuses)
    return (
        plugin.daemonset.metadata.uid,
        tuple(map(_kind_of_refusal, plugin.refusals)),
        plugin.pod is not None,
        waiting,
    )


# ---- NodePools --------------------------------------------------------------


def _pool_paths(
    snapshot: Snapshot, pod: Pod, demand: Mapping[str, int], everywhere: tuple[Refusal, ...]
) -> Iterator[Path]:
    """What each NodePool would make, or is making, for the pod.

    While an instance that would serve the pod is on its way, or a node that Karpenter
    still counts on has not initialized, Karpenter launches no other: the pool's path is
    then that NodeClaim's.
    """
    judgements = provision(snapshot, pod).judgements
    for pool in snapshot.all(NodePool):
        name = pool.metadata.name
        judgement = judgements.get(name)
        coming = in_flight(snapshot, name, pod)
        if coming is not None:
            if not has_node(snapshot, coming):
                yield _pool_path(snapshot, pod, demand, pool, everywhere, claim=coming)
            continue
        if judgement is None:
            continue
        node = template_node(snapshot, pool, pod, judgement)
        path = _pool_path(snapshot, pod, demand, pool, everywhere, node=node)
        yield msgspec.structs.replace(path, judgement=judgement)


def _pool_path(
    snapshot: Snapshot,
    pod: Pod,
    demand: Mapping[str, int],
    pool: NodePool,
    everywhere: tuple[Refusal, ...],
    *,
    claim: NodeClaim | None = None,
    node: Node | None = None,
) -> Path:
    made = node if node is not None or claim is None else claim_node(claim)
    if made is None:
        raise ValueError("a pool's path needs a node or a NodeClaim")
    made = as_discovered(snapshot, made)
    refusals = (*everywhere, *judge_node(snapshot, pod, as_it_would_be(snapshot, made)))
    return Path(
        id=PathId(PathKind.NODEPOOL.value, pool.metadata.name),
        node=made,
        hypothetical=True,
        refusals=refusals,
        pool=pool,
        claim=claim,
        serves=serves(snapshot, made, demand),
        selected=not any(isinstance(r, AffinityUnmet) for r in refusals),
    )


# ---- managed node groups ----------------------------------------------------


def _group_paths(
    snapshot: Snapshot, pod: Pod, demand: Mapping[str, int], everywhere: tuple[Refusal, ...]
) -> Iterator[Path]:
    for group in snapshot.all(NodeGroup):
        node = as_discovered(snapshot, group_node(snapshot, group))
        refusals = (*everywhere, *judge_node(snapshot, pod, as_it_would_be(snapshot, node)))
        yield Path(
            id=PathId(PathKind.NODEGROUP.value, group.nodegroup_name),
            node=node,
            hypothetical=True,
            refusals=refusals,
            group=group,
            serves=serves(snapshot, node, demand),
            selected=not any(isinstance(r, AffinityUnmet) for r in refusals),
        )


def _missing(pod: Pod, everywhere: tuple[Refusal, ...]) -> Path:
    """The way in that nobody has made: what a pod without any other is pointed to."""
    return Path(
        id=PathId(PathKind.NODEPOOL.value, NOT_YET_MADE),
        node=Node(api_version="v1", kind="Node"),
        hypothetical=True,
        refusals=everywhere,
        selected=not pod.spec.node_selector,
        serves=True,
    )

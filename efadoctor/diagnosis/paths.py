"""The ways in that a pod has: classes of equal nodes, NodePools, node groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from efadoctor.diagnosis.nodes_alike import alike
from efadoctor.model.aws import NodeGroup
from efadoctor.model.finding import PathId, PathKind
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Pod, Taint
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.devices import claim_of
from efadoctor.scheduling.discovery import as_discovered
from efadoctor.scheduling.intent import is_meant
from efadoctor.scheduling.karpenter import PoolJudgement, provision, template_node
from efadoctor.scheduling.karpenter.blockers import UnknownLabel
from efadoctor.scheduling.names import NODEPOOL
from efadoctor.scheduling.nodegroups import group_node
from efadoctor.scheduling.path import Path
from efadoctor.scheduling.prediction import Prediction, judge_node
from efadoctor.scheduling.promises import (
    as_it_would_be,
    claim_node,
    has_node,
    in_flight,
    serves,
)
from efadoctor.scheduling.refusals import AffinityUnmet, Refusal

NOT_YET_MADE = "a NodePool yet to be made"


class _Asked(msgspec.Struct, frozen=True):
    """The pod, what it requests, and what the scheduler would say: the same for every path."""

    snapshot: Snapshot
    pod: Pod
    demand: Mapping[str, int]
    prediction: Prediction

    def would_refuse(self, node: Node) -> tuple[Refusal, ...]:
        """Everything against a node to come, with the devices that its plugins would advertise."""
        made = as_it_would_be(self.snapshot, node)
        return (*self.prediction.prefilter, *judge_node(self.snapshot, self.pod, made))

    def serves(self, node: Node) -> bool | None:
        return serves(self.snapshot, node, self.demand)


def ways_in(
    snapshot: Snapshot, pod: Pod, demand: Mapping[str, int], prediction: Prediction
) -> tuple[Path, ...]:
    """Every path of a pod: existing nodes first, then pools, then groups."""
    asked = _Asked(snapshot, pod, demand, prediction)
    paths = [*_node_paths(asked), *_pool_paths(asked), *_group_paths(asked)]
    if not any(p.serves is not False or (p.pool and is_meant(p, pod)) for p in paths):
        paths.append(_missing(asked))
    return tuple(paths)


def _selected(refusals: tuple[Refusal, ...]) -> bool:
    return not any(isinstance(r, AffinityUnmet) for r in refusals)


# ---- existing nodes ---------------------------------------------------------


def _node_paths(asked: _Asked) -> Iterator[Path]:
    """One path for all nodes that have the same things against them for the same reasons."""
    nodes = asked.snapshot.once_of(Node, _by_name)
    for found in alike(asked.snapshot, asked.demand, asked.prediction):
        first = nodes[found.nodes[0]]
        refusals = (*asked.prediction.prefilter, *found.refusals)
        yield Path(
            id=PathId(PathKind.NODE, first.metadata.name),
            node=first,
            nodes=found.nodes,
            refusals=refusals,
            claim=claim_of(asked.snapshot, first),
            startup_taints=_startup_taints(asked.snapshot, first),
            serves=asked.serves(first),
            selected=_selected(refusals),
        )


def _by_name(snapshot: Snapshot) -> dict[str, Node]:
    return {node.metadata.name: node for node in snapshot.all(Node)}


def _startup_taints(snapshot: Snapshot, node: Node) -> tuple[Taint, ...]:
    """The taints that the node's NodePool declares as startup taints."""
    pool = snapshot.get(NodePool, node.metadata.labels.get(NODEPOOL, ""))
    return pool.spec.template.spec.startup_taints if pool is not None else ()


# ---- NodePools --------------------------------------------------------------


def _pool_paths(asked: _Asked) -> Iterator[Path]:
    """What each NodePool would make, or is making, for the pod.

    While an instance that would serve the pod is on its way, or a node that Karpenter
    still counts on has not initialized, Karpenter launches no other: the pool's path is
    then that NodeClaim's.
    """
    judgements = provision(asked.snapshot, asked.pod).judgements
    for pool in asked.snapshot.all(NodePool):
        name = pool.metadata.name
        judgement = judgements.get(name)
        new = None
        if judgement is not None:
            made = template_node(asked.snapshot, pool, asked.pod, judgement)
            new = _without_wishes(made, judgement)
        coming = in_flight(asked.snapshot, name, asked.pod, new)
        if coming is not None:
            if not has_node(asked.snapshot, coming):
                path = _would_make(asked, PathKind.NODEPOOL, name, claim_node(coming))
                yield msgspec.structs.replace(path, pool=pool, claim=coming)
        elif new is not None:
            path = _would_make(asked, PathKind.NODEPOOL, name, new)
            # a type of which nothing is known is taken to have what is asked for
            told = judgement is None or judgement.closest or not judgement.unknown_types
            serves_it = path.serves if told else None
            yield msgspec.structs.replace(path, pool=pool, judgement=judgement, serves=serves_it)


def _without_wishes(node: Node, judgement: PoolJudgement) -> Node:
    """The node without the labels that nothing but the pod's own wish would give it."""
    wished = {b.key for b in judgement.of_kind(UnknownLabel)}
    labels = {k: v for k, v in node.metadata.labels.items() if k not in wished}
    metadata = msgspec.structs.replace(node.metadata, labels=labels)
    return msgspec.structs.replace(node, metadata=metadata) if wished else node


# ---- managed node groups ----------------------------------------------------


def _group_paths(asked: _Asked) -> Iterator[Path]:
    for group in asked.snapshot.all(NodeGroup):
        node = group_node(asked.snapshot, group)
        path = _would_make(asked, PathKind.NODEGROUP, group.nodegroup_name, node)
        yield msgspec.structs.replace(path, group=group)


# ---- nodes that would be made -----------------------------------------------


def _would_make(asked: _Asked, kind: PathKind, name: str, made: Node) -> Path:
    node = as_discovered(asked.snapshot, made)
    refusals = asked.would_refuse(node)
    return Path(
        id=PathId(kind, name),
        node=node,
        hypothetical=True,
        refusals=refusals,
        serves=asked.serves(node),
        selected=_selected(refusals),
    )


def _missing(asked: _Asked) -> Path:
    """The way in that nobody has made: what a pod without any other is pointed to."""
    return Path(
        id=PathId(PathKind.NODEPOOL, NOT_YET_MADE),
        node=Node(api_version="v1", kind="Node"),
        hypothetical=True,
        refusals=asked.prediction.prefilter,
        selected=not asked.pod.spec.node_selector,
        serves=True,
    )

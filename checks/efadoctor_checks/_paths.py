"""Ways in, for sentences, and what several checks ask of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from efadoctor.authoring import Case, Path, PathId, Snapshot
from efadoctor.model.aws import NodeGroup, NodeGroupName
from efadoctor.model.finding import PathKind
from efadoctor.model.kubernetes import Node
from efadoctor.scheduling.karpenter import PoolJudgement
from efadoctor.scheduling.karpenter.amounts import canonical
from efadoctor.scheduling.names import NODEGROUP

_KINDS = {PathKind.NODEPOOL: "NodePool", PathKind.NODEGROUP: "node group"}


def every_path(case: Case) -> frozenset[PathId]:
    """All ways in: what is wrong with the pod itself blocks each of them."""
    return frozenset(p.id for p in case.paths)


def judged_pools(case: Case) -> Iterator[tuple[Path, PoolJudgement]]:
    """The NodePools that would have to make a node, with what Karpenter holds against it."""
    for path in case.paths:
        if path.pool is not None and path.judgement is not None:
            yield path, path.judgement


def likeliest(paths: Iterable[Path]) -> Path:
    """The way in to speak of: one that the pod selects, that serves it, that exists."""
    return min(paths, key=lambda p: (not p.selected, p.serves is not True, p.hypothetical, p.id))


def groups_are_known(snapshot: Snapshot) -> bool:
    """Whether it can be told which managed node groups there are.

    Where AWS was not asked, a cluster none of whose nodes is of a group has none to speak of.
    """
    if snapshot.was_read(NodeGroup):
        return True
    if snapshot.was_read(NodeGroupName):
        return not snapshot.all(NodeGroupName)
    return not any(NODEGROUP in n.metadata.labels for n in snapshot.all(Node))


def named(path: Path) -> str:
    """One way in, for a sentence."""
    kind = path.id.kind
    if kind in _KINDS:
        return f"{_KINDS[kind]} {path.id.name}"
    count = len(path.nodes)
    return f"node {path.id.name}" if count == 1 else f"{count} nodes like {path.id.name}"


def does(path: Path, verb: str, plural: str) -> str:
    """One way in and what it does, in the number of its nodes."""
    return f"{named(path)} {plural if len(path.nodes) > 1 else verb}"


def some(words: Iterable[str], most: int = 4) -> str:
    """A few of many words: ``a, b and 3 more``."""
    listed = list(dict.fromkeys(words))
    shown = listed[:most]
    more = len(listed) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def quantity(resource: str, amount: int) -> str:
    """An amount in the scheduler's units as a quantity."""
    return canonical(resource, amount)


def counted(resource: str, amount: int) -> str:
    """An amount with its resource, for a sentence."""
    return f"{canonical(resource, amount)} {resource}"

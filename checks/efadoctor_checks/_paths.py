"""Ways in, for sentences, and what several checks ask of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from efadoctor.authoring import Case, Path, PathId
from efadoctor.model.finding import PathKind
from efadoctor.scheduling.karpenter import PoolJudgement
from efadoctor.scheduling.karpenter.amounts import canonical

_KINDS = {PathKind.NODEPOOL: "NodePool", PathKind.NODEGROUP: "node group"}


def every_path(case: Case) -> frozenset[PathId]:
    """All ways in: what is wrong with the pod itself blocks each of them."""
    return frozenset(p.id for p in case.paths)


def judged_pools(case: Case) -> Iterator[tuple[Path, PoolJudgement]]:
    """The NodePools that would have to make a node, with what Karpenter holds against it."""
    for path in case.paths:
        if path.pool is not None and path.judgement is not None:
            yield path, path.judgement


def named(path: Path) -> str:
    """One way in, for a sentence."""
    kind = path.id.kind
    if kind in _KINDS:
        return f"{_KINDS[kind]} {path.id.name}"
    count = len(path.nodes)
    return f"node {path.id.name}" if count == 1 else f"{count} nodes like {path.id.name}"


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

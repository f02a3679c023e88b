"""What is wrong with the spec of a NodePool that Karpenter has not judged yet."""

from __future__ import annotations

from efadoctor.authoring import (
    Change,
    Evidence,
    Finding,
    Fix,
    Path,
    reference,
    remove_field,
)
from efadoctor.model.karpenter import NodePool
from efadoctor.scheduling.karpenter.blockers import InvalidSpec


def invalid_spec(path: Path, pool: NodePool, blocker: InvalidSpec) -> Finding:
    """The finding on something in the spec, and the fix that takes it out."""
    name, why = path.id.name, blocker.message
    return Finding(
        object=reference(pool),
        summary=f"NodePool {name} would not become ready: {why}.",
        evidence=(Evidence(object=reference(pool), field=blocker.field, value=blocker.value),),
        chain=(
            f"NodePool {name} is not valid for Karpenter: {why}.",
            "Karpenter passes over a NodePool that is not ready, without an event.",
        ),
        fixes=(_without(pool, blocker),),
        paths=frozenset({path.id}),
        change=Change.POOL_FIELD,
        key=blocker.field,
    )


def _without(pool: NodePool, blocker: InvalidSpec) -> Fix:
    entry = blocker.field.removesuffix(".key")
    return Fix(
        title=f"Take {entry} out of NodePool {pool.metadata.name}",
        edits=(remove_field(pool, entry),),
    )

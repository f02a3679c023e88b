"""The NodePool's limits leave no room for one more node that would serve the pod.

## What it checks

`spec.limits` of each NodePool, less what its nodes already are (`status.resources`), against the
whole capacity of the smallest type that would serve the pod: Karpenter counts a node's whole
capacity, not what the pod asks for. Any resource may be limited, GPUs and EFA interfaces too.

## Why it matters

`cpu: 1000` is five p5.48xlarge. The NodePool stays Ready, and the sixth node is never launched;
Karpenter says "all available instance types exceed limits for nodepool".

## Evidence

The limit, what is used of it, and what one more node would take.

## Fix

Raise the limit, or free what it counts.

## Sources

- https://karpenter.sh/docs/concepts/nodepools/#speclimits
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    Fix,
    PathId,
    Risk,
    Stage,
    check,
    reference,
    set_field,
)
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.karpenter import NodePool
from efadoctor.scheduling.karpenter.blockers import LimitExceeded
from efadoctor_checks._paths import judged_pools, quantity


@check("EFA206", stage=Stage.PROVISIONING, needs=(NodePool,))
def nodepool_limits_exceeded(case: Case) -> Iterator[Finding]:
    """One finding for each limit."""
    for path, judgement in judged_pools(case):
        for blocker in judgement.blockers:
            if isinstance(blocker, LimitExceeded) and path.pool is not None:
                yield _finding(path.pool, frozenset({path.id}), blocker)


def _finding(pool: NodePool, paths: frozenset[PathId], blocker: LimitExceeded) -> Finding:
    name, resource = pool.metadata.name, blocker.resource
    limit, used, needed = (
        quantity(resource, n) for n in (blocker.limit, blocker.used, blocker.needed)
    )
    at = FieldPath.of("spec", "limits", resource)
    enough = quantity(resource, blocker.used + blocker.needed)
    return Finding(
        object=reference(pool),
        summary=(
            f"NodePool {name} may have {limit} {resource} and has {used}; one more node that "
            f"would serve the pod takes {needed}."
        ),
        evidence=(
            Evidence(
                object=reference(pool),
                field=str(at),
                value=pool.spec.limits.get(resource),
                expected=f"at least {enough}",
            ),
            Evidence(
                object=reference(pool),
                field=str(FieldPath.of("status", "resources", resource)),
                value=pool.status.resources.get(resource),
            ),
        ),
        chain=(
            f"The limit of NodePool {name} leaves {resource} for no type that would serve the pod.",
            "So Karpenter launches nothing there.",
        ),
        fixes=(
            Fix(
                title=f"Raise the limit to {enough} {resource}",
                edits=(set_field(pool, at, enough),),
                risk=Risk.COSTS_MONEY,
                warning="Karpenter then launches another node.",
            ),
        ),
        paths=paths,
        change=Change.LIMIT_RAISED,
        key=resource,
    )

"""The NodePool leaves no instance type that has enough EFA interfaces.

## What it checks

The instance types that a NodePool's requirements leave, against what the pod asks for: EFA
interfaces first, but GPUs, CPUs and memory as well, with what DaemonSets take of each. EFA is on
the large sizes of some families only, and in different numbers: 32 on a p5.48xlarge, 4 on a
p4d.24xlarge, one on most others, none on a g5.2xlarge. A request that no type at all could serve
is EFA107's business.

## Why it matters

A NodePool for GPUs is not yet one for EFA. Karpenter says "no instance type has enough resources"
and lists everything that the pod asks for.

## Evidence

The requirements that leave the fitting types out; the limit or request in the pod.

## Fix

Let the NodePool launch a type that has enough, or ask for what its types have.

## Sources

- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html#efa-instance-types
- https://karpenter.sh/docs/reference/instance-types/
- https://karpenter.sh/docs/concepts/nodepools/
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    Path,
    Stage,
    check,
    reference,
)
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Pod, Workload
from efadoctor.scheduling.devices import Device
from efadoctor.scheduling.intent import is_meant
from efadoctor.scheduling.karpenter.blockers import InsufficientTogether
from efadoctor_checks._excess import excesses
from efadoctor_checks._paths import counted, judged_pools
from efadoctor_checks._pool_types import (
    READS,
    all_requirements,
    requirement_evidence,
    widening,
    widening_fix,
)
from efadoctor_checks._requests import asks
from efadoctor_checks._shortage_fixes import Shortage, lowered, more_pods


@check("EFA205", stage=Stage.PROVISIONING, needs=(NodePool,), uses=(*READS, Node, Pod, Workload))
def nodepool_without_efa_type(case: Case) -> Iterator[Finding]:
    """One finding for each NodePool; its shortages are of one cause."""
    # a way in is judged by one of a device of which there cannot be as many as asked for
    beyond = {e.resource for e in excesses(case)} - {d.value for d in Device}
    for path, judgement in judged_pools(case):
        shortages = (b for b in judgement.blockers if isinstance(b, Shortage))
        short = [b for b in shortages if beyond.isdisjoint(_resources(b))]
        if short and path.pool is not None:
            yield _finding(case, path, path.pool, short)


def _finding(case: Case, path: Path, pool: NodePool, short: list[Shortage]) -> Finding:
    found = widening(case, path)
    excluded = () if found is None else found.excluding
    expected = found.type.name if found is not None else None
    said = "; ".join(_said(b) for b in short)
    resources = {r for b in short for r in _resources(b)}
    asked = (a for r in sorted(resources) for a in asks(case.pod, r))
    return Finding(
        object=reference(pool),
        summary=f"NodePool {path.id.name} can launch no type that is large enough: {said}.",
        evidence=(
            *(requirement_evidence(pool, i, expected) for i in excluded),
            *(() if excluded else (all_requirements(pool),)),
            *(Evidence(object=case.pod_ref, field=a.field, value=a.value) for a in asked),
        ),
        chain=(
            f"Of the types that NodePool {path.id.name} allows none has enough: {said}.",
            "So Karpenter launches nothing there for the pod.",
        ),
        fixes=(
            *((widening_fix(pool, found),) if found is not None else ()),
            *more_pods(case, path, short),
            *lowered(case, short),
        ),
        paths=frozenset({path.id}),
        change=Change.POOL_FIELD if is_meant(path, case.pod) else Change.BOUGHT,
        key="types",
    )


def _resources(shortage: Shortage) -> tuple[str, ...]:
    if isinstance(shortage, InsufficientTogether):
        return shortage.resources
    return (shortage.resource,)


def _said(shortage: Shortage) -> str:
    if isinstance(shortage, InsufficientTogether):
        return f"none has enough of {' and '.join(shortage.resources)} together"
    asked = counted(shortage.resource, shortage.requested)
    if shortage.most <= 0:
        return f"{asked} asked for, and none has any"
    most = counted(shortage.resource, shortage.most).partition(" ")[0]
    return f"{asked} asked for, {most} at most ({shortage.best})"

"""The NodePool is not ready, so Karpenter passes it over.

## What it checks

The conditions of each NodePool that would have to make a node: that its spec is valid, that its
NodeClass exists and is ready, and that the pool is neither being deleted nor static
(`spec.replicas`). Of a NodePool that Karpenter has not judged yet, one in a manifest: labels that
only Karpenter may set, and a taint that is there twice, among the startup taints too. Why a
NodeClass is not ready is EFA203's business.

## Why it matters

Karpenter leaves a NodePool that is not ready out of its considerations without a word: there is no
event on the pod, and where no other NodePool is left none at all.

## Evidence

The condition that is not True; the reference to the NodeClass.

## Fix

By the condition: name a NodeClass that exists, or correct what its message says. A static NodePool
stays static, the API server refuses the change: make a second one beside it.

## Sources

- https://karpenter.sh/docs/concepts/nodepools/#statusconditions
- https://karpenter.sh/docs/troubleshooting/
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    Fix,
    Path,
    Stage,
    Untold,
    check,
    reference,
)
from efadoctor.model.karpenter import EC2NodeClass, NodePool
from efadoctor.scheduling.karpenter.blockers import InvalidSpec, NotDynamic, NotReady
from efadoctor_checks import _ages, _fabric
from efadoctor_checks._nodeclass_fixes import another_nodeclass
from efadoctor_checks._paths import judged_pools
from efadoctor_checks._pool_fixes import by_hand, made_again, sibling
from efadoctor_checks._pool_specs import invalid_spec

_OF_NODECLASS = "NodeClassReady"
_CLASS_NAME = "spec.template.spec.nodeClassRef.name"
_NO_HINDRANCE = "NodeRegistrationHealthy"


@check("EFA202", stage=Stage.PROVISIONING, needs=(NodePool,), uses=(EC2NodeClass,))
def nodepool_not_ready(case: Case) -> Iterator[Finding | Untold]:
    """One finding for each condition of each NodePool.

    A pool is not blamed for a NodeClass that nobody has read: it may be that which must change.
    """
    for path, judgement in judged_pools(case):
        if path.pool is None:
            continue
        for blocker in judgement.blockers:
            match blocker:
                case NotReady(condition=c) if c == _OF_NODECLASS and _is_unseen(case, path.pool):
                    yield Untold(
                        paths=frozenset({path.id}),
                        what=f"NodePool {path.id.name} waits for its NodeClass, and"
                        " cluster/ec2nodeclasses.karpenter.k8s.aws was not read",
                    )
                case NotReady(condition=c) if c != _NO_HINDRANCE:
                    yield _not_ready(case, path, path.pool, blocker)
                case NotDynamic():
                    yield _not_dynamic(path, path.pool, blocker)
                case InvalidSpec():
                    yield invalid_spec(path, path.pool, blocker)


def _is_unseen(case: Case, pool: NodePool) -> bool:
    of_ec2 = pool.spec.template.spec.node_class_ref.kind == "EC2NodeClass"
    return of_ec2 and not case.snapshot.was_read(EC2NodeClass)


def _not_ready(case: Case, path: Path, pool: NodePool, blocker: NotReady) -> Finding:
    name, index = path.id.name, _ages.index_of(pool.status.conditions, blocker.condition)
    ref = pool.spec.template.spec.node_class_ref
    missing = (
        blocker.condition == _OF_NODECLASS
        and ref.kind == "EC2NodeClass"  # those of EKS Auto Mode are not read
        and _fabric.nodeclass_of(case, path) is None
    )
    why = f"its {ref.kind} {ref.name} does not exist" if missing else _reason(blocker)
    at = "status.conditions" if index is None else f"status.conditions[{index}].status"
    return Finding(
        object=reference(pool),
        summary=f"NodePool {name} is not ready: {why}.",
        evidence=(
            Evidence(object=reference(pool), field=at, value=blocker.status, note=blocker.message),
            Evidence(object=reference(pool), field=_CLASS_NAME, value=ref.name),
        ),
        chain=(
            f"NodePool {name} is not ready: {why}.",
            "Karpenter passes over a NodePool that is not ready, without an event.",
        ),
        fixes=tuple(another_nodeclass(case, pool)) if missing else (by_hand(blocker),),
        paths=frozenset({path.id}),
        change=Change.POOL_FIELD,
        key=blocker.condition,
    )


def _reason(blocker: NotReady) -> str:
    reason = f" ({blocker.reason})" if blocker.reason else ""
    return f"condition {blocker.condition} is {blocker.status}{reason}"


def _not_dynamic(path: Path, pool: NodePool, blocker: NotDynamic) -> Finding:
    name, why = path.id.name, "is being deleted"
    field, value = "metadata.deletionTimestamp", pool.metadata.deletion_timestamp
    fixes: tuple[Fix, ...] = (sibling(pool), made_again(pool))
    if not blocker.deleting:
        field, value = "spec.replicas", str(pool.spec.replicas)
        why = f"is static: it keeps {value} nodes, whatever pods wait"
        fixes = (sibling(pool),)
    return Finding(
        object=reference(pool),
        summary=f"NodePool {name} {why}.",
        evidence=(Evidence(object=reference(pool), field=field, value=value),),
        chain=(f"NodePool {name} {why}.", "So Karpenter launches nothing there for the pod."),
        fixes=fixes,
        paths=frozenset({path.id}),
        change=Change.LIMIT_RAISED,
        key=field,
    )

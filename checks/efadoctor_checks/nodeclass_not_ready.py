"""The EC2NodeClass is not ready: a selector finds nothing, or a permission is missing.

## What it checks

The conditions of the NodeClass behind each NodePool that would have to make a node: subnets,
security groups, AMIs, instance profile, placement group, capacity reservations, validation. A
condition that only waits for others is left out. Where AWS was read, the selector's terms are held
against what there is, down to the tag value that differs in case.

## Why it matters

A NodePool is only as ready as its NodeClass, and Karpenter passes over one that is not without a
word. `SubnetSelector did not match any Subnets` names neither the term nor the tag.

## Evidence

The condition, the selector term or field behind it, and the value that comes nearest.

## Fix

The term that finds what is there; the tag that the term looks for; the permission.

## Sources

- https://karpenter.sh/docs/concepts/nodeclasses/#statusconditions
- https://karpenter.sh/docs/reference/cloudformation/
- https://karpenter.sh/docs/troubleshooting/
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Awaited,
    Case,
    Change,
    Evidence,
    Finding,
    Fix,
    PathId,
    Stage,
    check,
    reference,
)
from efadoctor.model.aws import PlacementGroup, SecurityGroup, Subnet
from efadoctor.model.karpenter import EC2NodeClass, NodePool
from efadoctor.model.kubernetes import Condition
from efadoctor_checks import _ages, _fabric
from efadoctor_checks._nodeclass import Part, part_of, permission, sentence
from efadoctor_checks._nodeclass_fixes import evidence, fixes

_AGGREGATE = "Ready"
_FOLLOWS = "DependenciesNotReady"


@check(
    "EFA203",
    stage=Stage.PROVISIONING,
    needs=(NodePool, EC2NodeClass),
    uses=(Subnet, SecurityGroup, PlacementGroup),
    explains=("nodepool-not-ready",),
)
def nodeclass_not_ready(case: Case) -> Iterator[Finding | Awaited]:
    """One finding for each condition of each NodeClass that is not met."""
    classes: dict[str, set[PathId]] = {}
    for path in case.paths:
        node_class = _fabric.nodeclass_of(case, path) if path.pool and path.hypothetical else None
        if node_class is not None and path.claim is None:
            classes.setdefault(node_class.metadata.name, set()).add(path.id)
    for name, paths in classes.items():
        node_class = case.snapshot.get(EC2NodeClass, name)
        if node_class is not None:
            yield from _of_class(case, node_class, frozenset(paths))


def _of_class(
    case: Case, node_class: EC2NodeClass, paths: frozenset[PathId]
) -> Iterator[Finding | Awaited]:
    conditions = node_class.status.conditions
    ready = _ages.condition_of(conditions, _AGGREGATE)
    if ready is None or ready.status == "True":
        return
    for index, condition in enumerate(conditions):
        if condition.status == "True" or condition.type == _AGGREGATE:
            continue
        if condition.reason == _FOLLOWS and any(_stands(c) for c in conditions):
            continue
        resolving = condition.status == "Unknown" and _ages.is_within(
            case.snapshot, condition.last_transition_time, _ages.LAUNCHES_WITHIN
        )
        if resolving:
            what = f"Karpenter resolves {condition.type} of NodeClass {node_class.metadata.name}"
            yield Awaited(paths=paths, what=what, since=condition.last_transition_time)
        else:
            yield _finding(case, node_class, index, condition, paths)


def _stands(condition: Condition) -> bool:
    """Whether a condition is amiss by itself."""
    own = condition.reason != _FOLLOWS and condition.type != _AGGREGATE
    return own and condition.status != "True"


def _finding(
    case: Case, node_class: EC2NodeClass, index: int, condition: Condition, paths: frozenset[PathId]
) -> Finding:
    name, part = node_class.metadata.name, part_of(condition.type)
    missing = permission(condition.reason)
    said = f"Karpenter may not call {missing}" if missing else sentence(part, node_class, condition)
    return Finding(
        object=reference(node_class),
        summary=f"NodeClass {name} is not ready: {said}.",
        evidence=(
            Evidence(
                object=reference(node_class),
                field=f"status.conditions[{index}].status",
                value=condition.status,
                expected="True",
                note=condition.reason,
            ),
            *(evidence(case, node_class, part) if part is not Part.OTHER else ()),
        ),
        chain=(
            f"NodeClass {name} is not ready: {said}.",
            "So its NodePools are not ready either, and Karpenter passes them over.",
        ),
        fixes=tuple(fixes(case, node_class, part, missing)) or (_by_hand(condition, part),),
        paths=paths,
        change=Change.POOL_FIELD,
        key=condition.type,
    )


def _by_hand(condition: Condition, part: Part) -> Fix:
    why = "only Karpenter can tell when it is met"
    what = f"what condition {condition.type} says"
    if part is not Part.OTHER:
        what = f"{part.value}, or what it is to find in AWS"
    return Fix(title=f"Correct {what}", unprovable=why)

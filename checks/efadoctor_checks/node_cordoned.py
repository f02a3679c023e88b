"""The node is cordoned.

## What it checks

`spec.unschedulable` on nodes that could serve the pod, and Karpenter's taint on a node that it is
about to replace.

## Why it matters

A cordon keeps every new pod off and says neither who set it nor why: a drain that was never
finished, an upgrade, a node put aside because of a bad GPU. EFA nodes are few, and one cordon can
be the whole shortage.

## Evidence

`spec.unschedulable` of the node.

## Fix

Uncordon it, once it is known why it was cordoned.

## Sources

- https://kubernetes.io/docs/concepts/architecture/nodes/#manual-node-administration
- https://karpenter.sh/docs/concepts/disruption/
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Awaited,
    Case,
    Change,
    Evidence,
    Finding,
    Fix,
    Path,
    Stage,
    check,
    reference,
    set_field,
)
from efadoctor.model.kubernetes import Node
from efadoctor.scheduling.refusals import Cordoned, UntoleratedTaint
from efadoctor_checks import _ages

DISRUPTED = "karpenter.sh/disrupted"


@check("EFA304", stage=Stage.NODE, needs=(Node,))
def node_cordoned(case: Case) -> Iterator[Finding | Awaited]:
    """One finding for each node."""
    for path in case.paths:
        if path.hypothetical:
            continue
        if any(r.taint.key == DISRUPTED for r in path.of_kind(UntoleratedTaint)):
            yield _leaving(path)
        elif path.of_kind(Cordoned):
            for name in path.nodes:
                node = case.snapshot.get(Node, name)
                if node is not None:
                    yield _finding(path, node)


def _leaving(path: Path) -> Awaited:
    """Karpenter drains the node; what comes in its place is another way in."""
    evidence = Evidence(
        object=reference(path.node), field="spec.taints", value=path.node.spec.taints
    )
    since = path.node.metadata.deletion_timestamp
    return Awaited(
        paths=frozenset({path.id}),
        what=f"Karpenter is replacing node {path.id.name}",
        evidence=(evidence,),
        since=since,
        until=_ages.deadline(since, _ages.JOINS_WITHIN),
    )


def _finding(path: Path, node: Node) -> Finding:
    ref = reference(node)
    return Finding(
        object=ref,
        summary=f"Node {ref.name} is cordoned.",
        evidence=(Evidence(object=ref, field="spec.unschedulable", value=True, expected=False),),
        chain=(
            f"Somebody, or some controller, has cordoned node {ref.name}.",
            "The scheduler puts no new pod on a cordoned node.",
        ),
        fixes=(
            Fix(
                title=f"Uncordon node {ref.name}",
                edits=(set_field(node, "spec.unschedulable", value=False),),
                warning="Find out first why it was cordoned: a drain may be under way.",
            ),
        ),
        paths=frozenset({path.id}),
        change=Change.UNCORDONED,
    )

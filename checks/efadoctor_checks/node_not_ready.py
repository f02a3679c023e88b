"""The node is not ready.

## What it checks

The Ready condition of nodes that could serve the pod, and the taints that the node lifecycle
controller, the cloud provider and the kubelet put on a node that is not well: not ready, not
reachable, under disk, memory or PID pressure, without network, not initialized (on a node that is
ready that is a startup taint, EFA302). A node that joined less than five minutes ago is waited for.

## Why it matters

A node that is not ready takes no pod and runs no device plugin, so its missing EFA and GPUs are
consequences. On a new node the reason is mostly the network plugin; on an old one the kubelet.

## Evidence

The condition with its reason, and what `aws-node`, the network plugin, does on the node.

## Fix

What to look at, and how to replace the node.

## Sources

- https://kubernetes.io/docs/concepts/architecture/nodes/#condition
- https://kubernetes.io/docs/reference/labels-annotations-taints/
- https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Awaited,
    Case,
    Change,
    Command,
    Finding,
    Fix,
    Path,
    Stage,
    check,
    reference,
)
from efadoctor.model.aws import NodeGroup
from efadoctor.model.karpenter import NodeClaim
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.scheduling.refusals import InsufficientResource, UntoleratedTaint
from efadoctor_checks import _ages, _replacement, _unwell
from efadoctor_checks._taints import UNINITIALIZED


@check(
    "EFA303",
    stage=Stage.NODE,
    needs=(Node,),
    uses=(Pod, NodeClaim, NodeGroup),
    explains=("startup-taint-stays", "efa-not-advertised"),
)
def node_not_ready(case: Case) -> Iterator[Finding | Awaited]:
    """One finding for each node."""
    for path in case.paths:
        unwell = "" if path.hypothetical else _shown_by(path)
        if not unwell:
            continue
        joined = _ages.newest(case.snapshot, path.nodes)
        if _ages.is_within(case.snapshot, joined, _ages.STARTS_WITHIN):
            yield Awaited(
                paths=frozenset({path.id}),
                what=f"a node that has just joined is about to be ready (like {path.id.name})",
                evidence=(_unwell.condition(path.node, unwell),),
                since=joined,
                until=_ages.deadline(joined, _ages.STARTS_WITHIN),
            )
            continue
        for name in path.nodes:
            node = case.snapshot.get(Node, name)
            if node is not None:
                yield _finding(case, path, node, unwell)


def _shown_by(path: Path) -> str:
    """The taint that shows the node to be unwell and keeps the pod off; "" where none does.

    A pod that tolerates it is kept off as well where the kubelet hands out no devices any more.
    """
    refused = [r.taint for r in path.of_kind(UntoleratedTaint)]
    short = any(r.allocatable < r.requested for r in path.of_kind(InsufficientResource))
    ready = _ages.is_ready(path.node)
    taints = (*refused, *(path.node.spec.taints if short and not ready else ()))
    shown = (t.key for t in taints if t.key in _unwell.SHOWN_BY)
    return next((key for key in shown if not (ready and key == UNINITIALIZED)), "")


def _finding(case: Case, path: Path, node: Node, taint: str) -> Finding:
    ref = reference(node)
    shown = _unwell.condition(node, taint)
    condition = _ages.condition_of(node.status.conditions, _unwell.SHOWN_BY[taint])
    since = condition.last_transition_time if condition is not None else None
    lasted = _ages.in_words(case.snapshot, since)
    look = Fix(
        title=f"See what node {ref.name} says",
        edits=(Command(argv=("kubectl", "describe", f"node/{ref.name}")),),
        unprovable="why a kubelet is not ready shows on its machine",
    )
    return Finding(
        object=ref,
        summary=f"Node {ref.name} has not been ready for {lasted} ({taint}).",
        evidence=(shown, *_unwell.network_plugin(case, ref.name)),
        chain=(
            f"Node {ref.name} is not ready: {shown.note or taint}.",
            f"So it has the taint {taint}, which keeps the pod off."
            if any(r.taint.key == taint for r in path.of_kind(UntoleratedTaint))
            else "So it hands out no devices, which keeps off a pod that tolerates its taints.",
        ),
        fixes=(
            _replacement.replacing(case, node, why="A new machine may fare no better."),
            look,
        ),
        paths=frozenset({path.id}),
        change=Change.NODE_REPLACED,
    )

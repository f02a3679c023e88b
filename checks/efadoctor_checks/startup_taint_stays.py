"""A startup taint that its owner should have removed is still on the node.

## What it checks

Taints that a NodePool or NodeClaim declares as startup taints, and those that agents put on
joining nodes themselves (`node.cilium.io/agent-not-ready`, `…/agent-not-ready`,
`readiness.k8s.io/…`), or that the kubelet does (`node.cloudprovider.kubernetes.io/uninitialized`),
on ready nodes: does one keep the pod off, or a device plugin that it needs? On a node that became
ready less than five minutes ago the owner still has time.

## Why it matters

Karpenter looks past startup taints while a node starts, counts on the node, and launches nothing
else; it never gives up. Nobody removes such a taint but its owner: where that agent is not
installed, crashes, or cannot reach the node, the node stays empty for good. A taint of this kind
that the NodePool does not declare makes Karpenter launch node after node.

## Evidence

The taint on the node, and where it is declared.

## Fix

Find out why the agent does not run, and remove the taint. Where no such agent exists, take it out
of the NodePool's startup taints; where one does and the NodePool does not declare it, declare it.

## Sources

- https://karpenter.sh/docs/concepts/nodepools/#cilium-startup-taint
- https://github.com/kubernetes-sigs/karpenter/issues/2187
- https://github.com/aws/karpenter-provider-aws/issues/6355
"""

from collections.abc import Iterator

from efadoctor.authoring import Awaited, Case, Finding, Stage, check
from efadoctor.model.kubernetes import DaemonSet, Node
from efadoctor_checks import _ages, _plugins, _startup_taints


@check("EFA302", stage=Stage.NODE, needs=(Node,), uses=(*_plugins.READS, DaemonSet))
def startup_taint_stays(case: Case) -> Iterator[Finding | Awaited]:
    """One finding for each node and taint."""
    for path, taint in _startup_taints.in_the_way(case):
        if not _ages.is_ready(path.node):
            continue
        since = _ages.newest_ready(case.snapshot, path.nodes)
        if _ages.is_within(case.snapshot, since, _ages.STARTS_WITHIN):
            yield Awaited(
                paths=frozenset({path.id}),
                what=f"the startup taint {taint.key} on node {path.id.name} is about to go",
                evidence=(_startup_taints.evidence(path.node, taint),),
                since=since,
                until=_ages.deadline(since, _ages.STARTS_WITHIN),
            )
            continue
        for name in path.nodes:
            node = case.snapshot.get(Node, name)
            if node is not None:
                yield _startup_taints.finding(case, path, node, taint)

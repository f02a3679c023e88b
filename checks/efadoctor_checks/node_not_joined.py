"""An instance was launched and has not joined the cluster.

## What it checks

NodeClaims that are launched and have no node; NodePools whose condition says that their nodes did
not register; nodes that Karpenter has not registered; managed node groups with instances that are
no nodes, or whose health says so. What is visible is named at once: the node role has no access
entry of a node type and is not in `aws-auth`, as far as the cluster's authentication mode looks at
either; the instance is gone; its security groups let nothing out to the API server. Without any of
these it waits fifteen minutes.

## Why it matters

Karpenter counts on the instance for fifteen minutes, deletes it, and launches the next, which
fails the same way: costly machines come and go and the pod stays Pending. The API server refuses
the kubelet without an event that one could see.

## Evidence

The conditions of the NodeClaim, the access entries, `aws-auth`, the instance as EC2 has it.

## Fix

An access entry of type EC2_LINUX for the node role, or its line in `aws-auth` with the groups
`system:bootstrappers` and `system:nodes`.

## Sources

- https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
- https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html
- https://karpenter.sh/docs/troubleshooting/#node-launchreadiness
- https://github.com/aws/karpenter-provider-aws/issues/7558
"""

from collections.abc import Iterator

from efadoctor.authoring import Awaited, Case, Finding, Stage, check
from efadoctor.model.aws import AutoScalingGroup, NodeGroup
from efadoctor.model.karpenter import NodeClaim
from efadoctor.model.kubernetes import Node
from efadoctor_checks import _joining, _unjoined


@check(
    "EFA301",
    stage=Stage.NODE,
    needs=(Node,),
    uses=(*_joining.READS, NodeClaim, NodeGroup, AutoScalingGroup),
    explains=("nodegroup-cannot-scale",),
)
def node_not_joined(case: Case) -> Iterator[Finding | Awaited]:
    """One finding for each NodeClaim, NodePool, node or node group and each visible cause."""
    for path in case.paths:
        if path.hypothetical and path.claim is not None:
            yield from _unjoined.claim(case, path, path.claim)
        elif path.hypothetical and path.pool is not None:
            yield from _unjoined.pool(case, path, path.pool)
        elif path.hypothetical and path.group is not None:
            yield from _unjoined.group(case, path, path.group)
        elif not path.hypothetical:
            yield from _unjoined.node(case, path)

"""Fixes of a NodePool that Karpenter passes over (EFA202)."""

from __future__ import annotations

from efadoctor.authoring import Creation, Fix, Risk
from efadoctor.model.edits import plain
from efadoctor.model.karpenter import NodePool
from efadoctor.scheduling.karpenter.blockers import NotReady


def by_hand(blocker: NotReady) -> Fix:
    """Words for a condition that only Karpenter judges."""
    why = "only Karpenter can tell when it is met"
    return Fix(title=f"Correct what condition {blocker.condition} says", unprovable=why)


def sibling(pool: NodePool) -> Fix:
    """Another NodePool of the same template, in the place of one that is static or goes.

    The API server refuses to take the replicas off a NodePool:
    https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/apis/v1/nodepool.go
    """
    name = pool.metadata.name
    spec = plain(pool.spec)
    body = {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": f"{name}-dynamic"},
        "spec": {"template": spec["template"]} if isinstance(spec, dict) else {},
    }
    return Fix(
        title=f"Make a NodePool like {name} that launches nodes for pods",
        edits=(Creation(body=body),),
        risk=Risk.COSTS_MONEY,
    )


def made_again(pool: NodePool) -> Fix:
    """The same NodePool, which its own deletion must first let go of."""
    return Fix(
        title=f"Make NodePool {pool.metadata.name} again once it is gone",
        unprovable="its nodes are drained first",
    )

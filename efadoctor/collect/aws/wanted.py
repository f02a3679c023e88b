"""What of an account is in question, as the Kubernetes half tells it."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from efadoctor.collect.harvest import Harvest
from efadoctor.collect.kube.pods import EVERYWHERE
from efadoctor.model.aws import Tag
from efadoctor.model.karpenter import EC2NodeClass, NodeClaim, NodePool, SelectorTerm
from efadoctor.model.kubernetes import Node
from efadoctor.scheduling.names import INSTANCE_TYPE

_PROVIDER = re.compile(r"aws:///(?P<zone>[\w-]+)/(?P<instance>i-[0-9a-f]+)")
_REGION = re.compile(r"[a-z]{2,3}(?:-[a-z]+)+-\d+")
_ARN_REGION = re.compile(r"arn:[\w-]+:eks:(?P<region>[\w-]+):")
_EKSCTL = re.compile(r"@?[^.@]+\.(?P<region>[a-z]{2}[\w-]+)\.eksctl\.io")
_CLUSTER_LABELS = ("alpha.eksctl.io/cluster-name",)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Names and ids to ask EC2 and EKS for."""

    cluster: str | None = None
    instances: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    placement_groups: tuple[str, ...] = ()
    group_terms: tuple[SelectorTerm, ...] = ()
    subnet_terms: tuple[SelectorTerm, ...] = ()

    def is_telling(self, tag: Tag) -> bool:
        """Whether a NodeClass selects by a tag, or the tag names the cluster."""
        if any(tag.key in term.tags for term in (*self.group_terms, *self.subnet_terms)):
            return True
        return bool(self.cluster) and str(self.cluster) in f"{tag.key} {tag.value}"


def wanted(harvest: Harvest, nodes: frozenset[str], cluster: str | None) -> Wanted:
    """What is in question; ``nodes`` are the names of the nodes that are, EVERYWHERE for all."""
    all_nodes: tuple[Node, ...] = harvest.views("cluster/nodes")
    mine = [n for n in all_nodes if EVERYWHERE in nodes or n.metadata.name in nodes]
    claims: tuple[NodeClaim, ...] = harvest.views("cluster/nodeclaims.karpenter.sh")
    pools: tuple[NodePool, ...] = harvest.views("cluster/nodepools.karpenter.sh")
    classes: tuple[EC2NodeClass, ...] = harvest.views("cluster/ec2nodeclasses.karpenter.k8s.aws")
    known = {n.spec.provider_id for n in all_nodes}
    # claims whose node is not in question are not either; those without a node yet are
    ids = [n.spec.provider_id for n in mine]
    ids += [c.status.provider_id for c in claims if c.status.provider_id not in known]
    profiles = {p for c in classes for p in (c.spec.instance_profile, c.status.instance_profile)}
    return Wanted(
        cluster=_cluster(all_nodes) or cluster,
        instances=distinct(_instance(i) for i in ids),
        types=distinct(
            [*(n.metadata.labels.get(INSTANCE_TYPE, "") for n in mine), *_pool_types(pools)]
        ),
        profiles=distinct(profiles),
        roles=distinct(c.spec.role for c in classes),
        groups=distinct(g.id for c in classes for g in c.status.security_groups),
        subnets=distinct(s.id for c in classes for s in c.status.subnets),
        placement_groups=distinct(g for c in classes for g in _placement(c)),
        group_terms=tuple(t for c in classes for t in c.spec.security_group_selector_terms),
        subnet_terms=tuple(t for c in classes for t in c.spec.subnet_selector_terms),
    )


def region_of(harvest: Harvest, context: str | None) -> str | None:
    """The region, from the nodes' provider ids, else from an EKS context; None elsewhere."""
    for node in harvest.views("cluster/nodes"):
        match = _PROVIDER.match(node.spec.provider_id)
        region = _REGION.match(match["zone"]) if match else None
        if region:
            return region[0]
    of_context = _ARN_REGION.match(context or "") or _EKSCTL.search(context or "")
    return of_context["region"] if of_context else None


def _placement(nodeclass: EC2NodeClass) -> tuple[str, ...]:
    selector = nodeclass.spec.placement_group_selector
    return (selector.id, selector.name) if selector is not None else ()


def _cluster(nodes: Iterable[Node]) -> str | None:
    for node in nodes:
        for label in _CLUSTER_LABELS:
            if name := node.metadata.labels.get(label):
                return name
    return None


def _instance(provider_id: str) -> str:
    match = _PROVIDER.match(provider_id)
    return match["instance"] if match else ""


def _pool_types(pools: Iterable[NodePool]) -> Iterable[str]:
    for pool in pools:
        for requirement in pool.spec.template.spec.requirements:
            if requirement.key == INSTANCE_TYPE and requirement.operator == "In":
                yield from requirement.values


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The names that are not empty, each once, in order."""
    return tuple(sorted({n for n in names if n}))

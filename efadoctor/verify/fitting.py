"""Where in a cluster a test of EFA would run, and what its pods must ask for there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from efadoctor.model.aws import NodeGroup
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Taint, Toleration
from efadoctor.model.pod_edits import toleration_for
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.instance_types import TypeFacts, known_types
from efadoctor.scheduling.names import EFA, GPU, INSTANCE_TYPE, NODEGROUP, NODEPOOL
from efadoctor.scheduling.nodegroups import (
    efa_interfaces_of,
    instance_type,
    launch_template,
    taints_of,
)
from efadoctor.scheduling.quantity import amount
from efadoctor.scheduling.requirements import Requirement

HUGE_PAGES = "hugepages-2Mi"
_MOST_HUGE_PAGES = 5120 * 1024 * 1024
"""What AWS's own NCCL example asks for, in bytes: 5120 MiB
(https://docs.aws.amazon.com/eks/latest/userguide/node-efa.html)."""

_OF_THE_NODE_ITSELF = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", "karpenter.sh/")
"""Taints that come and go with a node's life: a test does not tolerate those."""


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """What a test pod must be to land on EFA nodes: ``where`` says which, for people.

    ``huge_pages`` is in bytes, 0 for none; ``nodes`` how many such nodes there are now.
    """

    where: str
    instance_type: str
    efa: int
    gpus: int = 0
    huge_pages: int = 0
    nodes: int = 0
    selector: Mapping[str, str] = msgspec.field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()


def fitted(snapshot: Snapshot) -> Fit | None:
    """The place with most EFA: nodes that are there first, then what could make some.

    None where the cluster has no node, NodePool or node group with EFA.
    """
    existing = max(_of_nodes(snapshot), key=_preference, default=None)
    if existing is not None:
        return existing
    possible = (*_of_pools(snapshot), *_of_groups(snapshot))
    return max(possible, key=_preference, default=None)


def fit_of_type(facts: TypeFacts) -> Fit:
    """A fit by the instance type alone, for a cluster that was not read."""
    return Fit(
        where=f"nodes of type {facts.name}",
        instance_type=facts.name,
        efa=facts.efa_interfaces,
        gpus=facts.gpus,
        selector={INSTANCE_TYPE: facts.name},
    )


def _preference(fit: Fit) -> tuple[bool, int, int, str]:
    return (fit.nodes != 1, fit.efa, fit.gpus, fit.where)


def _of_nodes(snapshot: Snapshot) -> Iterator[Fit]:
    """Nodes that advertise EFA, by what made them and their type."""
    classes: dict[tuple[str, str, str], list[Node]] = {}
    for node in snapshot.all(Node):
        if amount(EFA, node.status.allocatable.get(EFA, 0)) and not node.spec.unschedulable:
            labels = node.metadata.labels
            owner = next((k for k in (NODEPOOL, NODEGROUP) if k in labels), "")
            key = (owner, labels.get(owner, ""), labels.get(INSTANCE_TYPE, ""))
            classes.setdefault(key, []).append(node)
    for (owner, name, type_), nodes in sorted(classes.items()):
        selector = {INSTANCE_TYPE: type_} if type_ else {}
        if owner:
            selector[owner] = name
        yield Fit(
            where=f"{len(nodes)} node{'s' * (len(nodes) != 1)} of {name or type_}",
            instance_type=type_,
            efa=min(_count(n, EFA) for n in nodes),
            gpus=min(_count(n, GPU) for n in nodes),
            huge_pages=min(_MOST_HUGE_PAGES, *(_count(n, HUGE_PAGES) for n in nodes)),
            nodes=len(nodes),
            selector=selector,
            tolerations=_tolerations(t for n in nodes for t in n.spec.taints),
        )


def _count(node: Node, resource: str) -> int:
    return amount(resource, node.status.allocatable.get(resource, 0))


def _of_pools(snapshot: Snapshot) -> Iterator[Fit]:
    """NodePools, by the type with most EFA that their requirements name or allow."""
    for pool in snapshot.all(NodePool):
        facts = _largest(snapshot, pool)
        if facts is not None:
            name = pool.metadata.name
            yield Fit(
                where=f"NodePool {name}",
                instance_type=facts.name,
                efa=facts.efa_interfaces,
                gpus=facts.gpus,
                selector={INSTANCE_TYPE: facts.name, NODEPOOL: name},
                tolerations=_tolerations(pool.spec.template.spec.taints),
            )


def _largest(snapshot: Snapshot, pool: NodePool) -> TypeFacts | None:
    """Only types that the NodePool names: what families it allows is Karpenter's to say."""
    wanted = [
        Requirement.of(r.key, r.operator, r.values)
        for r in pool.spec.template.spec.requirements
        if r.key == INSTANCE_TYPE and r.operator == "In"
    ]
    found = (f for f in known_types(snapshot).values() if f.efa_interfaces)
    allowed = (f for f in found if wanted and all(w.has(f.name) for w in wanted))
    return max(allowed, key=lambda f: (f.efa_interfaces, f.gpus, f.name), default=None)


def _of_groups(snapshot: Snapshot) -> Iterator[Fit]:
    for group in snapshot.all(NodeGroup):
        template = launch_template(snapshot, group)
        interfaces = efa_interfaces_of(template) if template is not None else 0
        facts = known_types(snapshot).get(instance_type(snapshot, group))
        if interfaces and facts is not None:
            yield Fit(
                where=f"node group {group.nodegroup_name}",
                instance_type=facts.name,
                efa=interfaces,
                gpus=facts.gpus,
                selector={NODEGROUP: group.nodegroup_name},
                tolerations=_tolerations(taints_of(group)),
            )


def _tolerations(taints: Iterator[Taint] | tuple[Taint, ...]) -> tuple[Toleration, ...]:
    found = (
        toleration_for(t)
        for t in taints
        if t.effect != "PreferNoSchedule" and not t.key.startswith(_OF_THE_NODE_ITSELF)
    )
    return tuple(dict.fromkeys(found))

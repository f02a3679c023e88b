"""The node that a NodePool would launch for a pod, before it exists.

It is what the scheduler would see once the node is initialized: startup taints are gone,
and each device that the instance has is advertised.
"""

from collections.abc import Iterable, Mapping

from efadoctor.model.karpenter import EC2NodeClass, NodePool
from efadoctor.model.kubernetes import (
    Condition,
    Node,
    NodeSpec,
    NodeStatus,
    NodeSystemInfo,
    ObjectMeta,
    Pod,
)
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.karpenter.amounts import canonical
from efadoctor.scheduling.karpenter.judgement import PoolJudgement
from efadoctor.scheduling.karpenter.pools import own_requirements
from efadoctor.scheduling.karpenter.types import Amounts, InstanceType, Offering
from efadoctor.scheduling.karpenter.vocabulary import GROUP
from efadoctor.scheduling.names import ARCH, EFA, HOSTNAME, INSTANCE_TYPE, NODEPOOL, OS
from efadoctor.scheduling.requests import pod_requests
from efadoctor.scheduling.requirements import NORMALIZED_LABELS, Requirement, Requirements

_LONGEST_NAME = 63
_ANY_DENSITY = 110


def template_node(
    snapshot: Snapshot, nodepool: NodePool, pod: Pod, judgement: PoolJudgement
) -> Node:
    """The node that Karpenter would launch in this pool for this pod.

    Its type is the first of ``judgement.closest``: the cheapest that serves the pod, or
    where none does the one that comes nearest, so that what lies behind the first blocker
    can be seen. It has EFA interfaces if the pod asks for them or the NodeClass lists them.
    Raises InvalidQuantityError for a request that is no quantity.
    """
    type_ = judgement.closest[0] if judgement.closest else _unknown(judgement)
    offering = _offering(type_, judgement)
    efa = bool(pod_requests(pod).get(EFA)) or _lists_interfaces(snapshot, nodepool)
    name = f"{nodepool.metadata.name}-would-launch"[:_LONGEST_NAME]
    labels = _labels(nodepool, type_, offering, judgement.requirements) | {HOSTNAME: name}
    labels |= {old: labels[new] for old, new in NORMALIZED_LABELS.items() if new in labels}
    return Node(
        api_version="v1",
        kind="Node",
        metadata=ObjectMeta(name=name, labels=labels),
        spec=NodeSpec(taints=nodepool.spec.template.spec.taints),
        status=NodeStatus(
            capacity=_written(type_.capacity, efa=efa),
            allocatable=_written(type_.allocatable, efa=efa),
            conditions=(Condition(type="Ready", status="True", reason="KubeletReady"),),
            node_info=NodeSystemInfo(
                architecture=labels.get(ARCH, ""), operating_system=labels.get(OS, "")
            ),
        ),
    )


def _unknown(judgement: PoolJudgement) -> InstanceType:
    """A type of which nothing is known but that it is named: taken to have what is asked for."""
    named = {INSTANCE_TYPE: judgement.unknown_types[0]} if judgement.unknown_types else {}
    has: Amounts = {**judgement.requests, "pods": _ANY_DENSITY} if named else {}
    return InstanceType(
        name=named.get(INSTANCE_TYPE, ""),
        requirements=Requirements.of_labels(named),
        capacity=has,
        allocatable=has,
    )


def _offering(type_: InstanceType, judgement: PoolJudgement) -> Offering:
    """The cheapest that the node's requirements allow, else the cheapest at all."""
    allowed = type_.offered(judgement.requirements, judgement.well_known)
    to_be_had = tuple(o for o in type_.offerings if o.available)
    candidates = allowed or to_be_had or type_.offerings
    return min(candidates, key=lambda o: (o.price, o.zone), default=Offering(Requirements()))


def _lists_interfaces(snapshot: Snapshot, nodepool: NodePool) -> bool:
    """Whether the NodeClass lists its interfaces, so that EFA does not hang on the pod."""
    found = snapshot.get(EC2NodeClass, nodepool.spec.template.spec.node_class_ref.name)
    return found is not None and found.spec.network_interfaces is not None


def _labels(
    nodepool: NodePool, type_: InstanceType, offering: Offering, node: Requirements
) -> dict[str, str]:
    """The pool's labels and custom requirements, then the type's, then the offering's."""
    reference = nodepool.spec.template.spec.node_class_ref
    own = own_requirements(nodepool)
    custom = (node.get(r.key) for r in own if r.key not in type_.requirements)
    return {
        **{r.key: _any(r) for r in custom if _any(r)},
        **_settled(node),
        **_settled(type_.requirements),
        **_settled(offering.requirements),
        **nodepool.spec.template.metadata.labels,
        NODEPOOL: nodepool.metadata.name,
        f"{reference.group}/{reference.kind.lower()}": reference.name,
        f"{GROUP}/registered": "true",
        f"{GROUP}/initialized": "true",
    }


def _settled(requirements: Iterable[Requirement]) -> Mapping[str, str]:
    """The labels that have exactly one value."""
    return {
        r.key: next(iter(r.values)) for r in requirements if not r.complement and len(r.values) == 1
    }


def _any(requirement: Requirement) -> str:
    """Some value that is allowed: Karpenter takes any, here the first, or the least number."""
    if not requirement.complement:
        return min(requirement.values, default="")
    number = requirement.at_least or 0
    while str(number) in requirement.values:
        number += 1
    return str(number)


def _written(amounts: Amounts, *, efa: bool) -> dict[str, str]:
    """Amounts as quantities, without what there is none of, and without unasked EFA."""
    return {
        resource: canonical(resource, amount)
        for resource, amount in sorted(amounts.items())
        if amount > 0 and (efa or resource != EFA)
    }

"""The node was launched with fewer EFA interfaces than the pod asks for.

## What it checks

The network interfaces of the instance behind each node that could serve the pod: how many are of
type `efa` or `efa-only`. Where EC2 was not read, the NodeClaim tells: Karpenter leaves
`vpc.amazonaws.com/efa` out of the capacity of an instance that it launched without them.

## Why it matters

Karpenter gives an instance EFA interfaces if one of the pods that it was launched for asks for
EFA; a node made for a GPU-only pod has none, and none can be added while it runs. The EFA plugin
crashes there ("No valid EFA devices found"), which is a consequence and not a defect of the plugin.
A node group gets what its launch template lists.

## Evidence

The interface types as EC2 has them, or the NodeClaim's capacity, and what the node advertises.

## Fix

Replace the node. For a node group, its launch template needs the EFA interfaces first (EFA210).

## Sources

- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/create-efa.html
- https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/launchtemplate/launchtemplate.go
- https://github.com/aws/eks-charts/issues/1239
"""

from collections.abc import Iterator

from efadoctor.authoring import Case, Change, Evidence, Finding, Stage, check, reference
from efadoctor.model.kubernetes import DaemonSet, Node
from efadoctor.scheduling.devices import Device, InterfaceCount, efa_interfaces
from efadoctor.scheduling.names import NODEGROUP
from efadoctor_checks import _plugins, _replacement


@check(
    "EFA305",
    stage=Stage.NODE,
    needs=(Node,),
    uses=(*_plugins.READS, DaemonSet),
    explains=("efa-not-advertised",),
)
def node_launched_without_efa(case: Case) -> Iterator[Finding]:
    """One finding for each node."""
    for way in _plugins.unadvertised(case, Device.EFA):
        for name in way.path.nodes if way.lacks_interfaces else ():
            node = case.snapshot.get(Node, name)
            found = efa_interfaces(case.snapshot, node) if node is not None else None
            if node is not None and found is not None:
                yield _finding(case, way, node, found)


def _finding(case: Case, way: _plugins.Unadvertised, node: Node, found: InterfaceCount) -> Finding:
    ref, resource = reference(node), Device.EFA.value
    asked = way.refusal.requested
    group = node.metadata.labels.get(NODEGROUP)
    first = (
        f"The launch template of node group {group} needs EFA interfaces first, or the new node "
        "lacks them as well."
    )
    has = "no EFA interface" if not found.count else f"{found.count} EFA interfaces"
    return Finding(
        object=ref,
        summary=f"Node {ref.name} was launched with {has}; the pod asks for {asked}.",
        evidence=(
            _plugins.interfaces_evidence(case, way, node, found),
            Evidence(
                object=ref,
                field=f'status.allocatable["{resource}"]',
                value=node.status.allocatable.get(resource),
                expected=f"at least {asked}",
            ),
        ),
        chain=(
            f"The instance of node {ref.name} has {has}, though its type can have more.",
            "Interfaces of this kind are attached when an instance is launched, not later.",
            f"So the node can never advertise {asked} {resource}.",
        ),
        fixes=(_replacement.replacing(case, node, why=first if group else ""),),
        paths=frozenset({way.path.id}),
        change=Change.NODE_REPLACED,
    )

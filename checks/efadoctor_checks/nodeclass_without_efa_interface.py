"""The NodeClass lists its network interfaces, and too few of them are for EFA.

## What it checks

`spec.networkInterfaces` of an EC2NodeClass. Where the field is set, Karpenter counts the entries
of type `efa-only` as the node's EFA interfaces, whatever the instance type could have; where it is
not set, it attaches all that the type has as soon as a pod asks for any.

## Why it matters

With a list that has no `efa-only` entry, every instance type has no EFA to Karpenter, and a pod
that asks for EFA fits none of them.

## Evidence

The list, and how many EFA interfaces the pod asks for.

## Fix

Take the list away, so that Karpenter attaches EFA as pods ask for it; or add the interfaces to it:
`efa-only` at device index 1 of card 0, and at device index 0 of every other card.

## Sources

- https://karpenter.sh/docs/concepts/nodeclasses/
- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    Fix,
    PathId,
    Risk,
    Stage,
    check,
    reference,
    remove_field,
    set_field,
)
from efadoctor.model.aws import InstanceTypeInfo
from efadoctor.model.karpenter import EC2NodeClass, NodePool
from efadoctor.model.kubernetes import Node
from efadoctor.scheduling.names import EFA
from efadoctor_checks import _fabric
from efadoctor_checks._excess import efa_within_reach
from efadoctor_checks._interfaces import EFA_ONLY, layout, written

_WARNING = "Nodes of this NodeClass drift and are replaced."


@check(
    "EFA211",
    stage=Stage.PROVISIONING,
    needs=(NodePool, EC2NodeClass),
    uses=(Node, InstanceTypeInfo),
    explains=("nodepool-without-efa-type", "nodepool-missing"),
)
def nodeclass_without_efa_interface(case: Case) -> Iterator[Finding]:
    """One finding for each NodeClass."""
    wanted = efa_within_reach(case)
    found: dict[str, set[PathId]] = {}
    for path in case.paths:
        node_class = _fabric.nodeclass_of(case, path) if path.pool and path.hypothetical else None
        if node_class is not None and 0 <= _efa_only(node_class) < wanted:
            found.setdefault(node_class.metadata.name, set()).add(path.id)
    for name, paths in found.items():
        node_class = case.snapshot.get(EC2NodeClass, name)
        if node_class is not None:
            yield _finding(node_class, frozenset(paths), wanted)


def _efa_only(node_class: EC2NodeClass) -> int:
    """How many EFA interfaces are listed, -1 where nothing is."""
    listed = node_class.spec.network_interfaces
    return -1 if listed is None else sum(i.interface_type == EFA_ONLY for i in listed)


def _finding(node_class: EC2NodeClass, paths: frozenset[PathId], wanted: int) -> Finding:
    name, listed = node_class.metadata.name, _efa_only(node_class)
    has = f"only {listed}" if listed else "none"
    return Finding(
        object=reference(node_class),
        summary=(
            f"NodeClass {name} lists its network interfaces, and {has} of them is for EFA; the "
            f"pod asks for {wanted}."
        ),
        evidence=(
            Evidence(
                object=reference(node_class),
                field="spec.networkInterfaces",
                value=written(node_class.spec.network_interfaces or ()),
                expected=f"{wanted} of type {EFA_ONLY}",
            ),
        ),
        chain=(
            f"Karpenter takes the EFA interfaces of a node from the list of NodeClass {name}.",
            f"So to it no instance type has {wanted} {EFA}, and it launches nothing.",
        ),
        fixes=(
            Fix(
                title="Let Karpenter attach EFA interfaces as pods ask for them",
                edits=(remove_field(node_class, "spec.networkInterfaces"),),
                risk=Risk.REPLACES_NODES,
                warning=_WARNING,
            ),
            Fix(
                title=f"List {wanted} interfaces of type {EFA_ONLY}",
                edits=(set_field(node_class, "spec.networkInterfaces", layout(wanted)),),
                risk=Risk.REPLACES_NODES,
                warning=f"{_WARNING} Types with fewer network cards are no longer launched.",
            ),
        ),
        paths=paths,
        change=Change.POOL_FIELD,
    )

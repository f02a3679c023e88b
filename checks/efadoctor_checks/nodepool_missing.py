"""No NodePool and no node group could make a node that serves the pod.

## What it checks

Whether any node that exists, any NodePool or any managed node group has, or could have, the EFA
interfaces and GPUs that the pod asks for. Where one is meant for such pods and merely leaves the
fitting types out, that is EFA205's business.

## Why it matters

A pod for EFA on a cluster whose NodePools are all for CPU pods waits for capacity that nobody has
provided for. Karpenter says "no instance type has enough resources" of pools that were never meant.

## Evidence

What the pod asks for; the NodePools that there are.

## Fix

Make a NodePool of a type that serves the pod, with an EC2NodeClass that is ready; without
Karpenter, a node group whose launch template has EFA interfaces.

## Sources

- https://karpenter.sh/docs/concepts/nodepools/
- https://docs.aws.amazon.com/eks/latest/userguide/node-efa.html
- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html#efa-instance-types
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Creation,
    Evidence,
    Finding,
    Fix,
    ObjectRef,
    Path,
    Risk,
    Stage,
    check,
)
from efadoctor.model.aws import (
    InstanceTypeInfo,
    InstanceTypeOffering,
    NodeGroup,
    NodeGroupName,
)
from efadoctor.model.finding import PathKind
from efadoctor.model.karpenter import EC2NodeClass, NodePool
from efadoctor.model.kubernetes import Node
from efadoctor.scheduling.devices import Device
from efadoctor.scheduling.instance_types import TypeFacts, known_types, offered_zones
from efadoctor_checks._paths import counted, every_path, groups_are_known
from efadoctor_checks._requests import asks

NAME = "efa"
"""What a NodePool for EFA would be called where there is none."""


@check(
    "EFA201",
    stage=Stage.PROVISIONING,
    needs=(Node, NodePool),
    uses=(NodeGroup, NodeGroupName, EC2NodeClass, InstanceTypeInfo, InstanceTypeOffering),
)
def nodepool_missing(case: Case) -> Iterator[Finding]:
    """A finding where the only way in is one that nobody has made."""
    missing = next((p for p in case.paths if _is_missing(p)), None)
    asked = [d.value for d in Device if case.demand.get(d.value)]
    if missing is None or not asked or not groups_are_known(case.snapshot):
        return
    wanted = " and ".join(counted(r, case.demand[r]) for r in asked)
    pools = [p.metadata.name for p in case.snapshot.all(NodePool)]
    yield Finding(
        object=ObjectRef("karpenter.sh/v1", "NodePool", "", NAME),
        summary=f"No NodePool or node group could make a node with {wanted}.",
        evidence=tuple(
            Evidence(
                object=case.pod_ref,
                field=a.field,
                value=a.value,
                note=f"NodePools: {', '.join(pools) or 'none'}",
            )
            for r in asked
            for a in asks(case.pod, r)
        ),
        chain=(
            f"The pod asks for {wanted}.",
            "No node has that, and no NodePool or node group allows a type that does.",
        ),
        fixes=_fixes(case),
        paths=frozenset({missing.id}) & every_path(case),
        change=Change.BOUGHT,
    )


def _is_missing(path: Path) -> bool:
    return path.id.kind is PathKind.NODEPOOL and path.hypothetical and path.pool is None


def _fixes(case: Case) -> tuple[Fix, ...]:
    classes = [c for c in case.snapshot.all(EC2NodeClass) if _is_ready(c)]
    types = _serving(case)
    if not types:
        return ()
    if not classes:
        return (
            Fix(
                title=f"Make a node group of {types[0].name} with EFA interfaces",
                risk=Risk.COSTS_MONEY,
                unprovable="no EC2NodeClass is there for a NodePool to launch with",
            ),
        )
    return (
        Fix(
            title=f"Make a NodePool of {', '.join(t.name for t in types)}",
            edits=(Creation(body=_manifest(case, classes[0], types)),),
            risk=Risk.COSTS_MONEY,
            warning=f"Karpenter then launches a {types[0].name} for the pod.",
        ),
    )


def _is_ready(node_class: EC2NodeClass) -> bool:
    return any(c.type == "Ready" and c.status == "True" for c in node_class.status.conditions)


def _serving(case: Case) -> tuple[TypeFacts, ...]:
    """The three cheapest types that have what is asked for and are offered here."""
    snapshot = case.snapshot
    fitting = [
        t
        for t in known_types(snapshot).values()
        if all(t.count(d.value) >= case.demand.get(d.value, 0) for d in Device)
        and t.vcpus * 1000 > case.demand.get("cpu", 0)
        and t.count("memory") > case.demand.get("memory", 0)
        and offered_zones(snapshot, t.name) != frozenset()
    ]
    price = {t.name: t.usd_per_hour or float(t.vcpus) for t in fitting}
    return tuple(sorted(fitting, key=lambda t: (price[t.name], t.name))[:3])


def _manifest(
    case: Case, node_class: EC2NodeClass, types: tuple[TypeFacts, ...]
) -> dict[str, object]:
    custom = {k: v for k, v in case.pod.spec.node_selector.items() if "kubernetes.io/" not in k}
    labels = {k: v for k, v in custom.items() if "karpenter" not in k and "amazonaws" not in k}
    reference = {
        "group": "karpenter.k8s.aws",
        "kind": "EC2NodeClass",
        "name": node_class.metadata.name,
    }
    requirements = [
        {
            "key": "node.kubernetes.io/instance-type",
            "operator": "In",
            "values": [t.name for t in types],
        },
        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]},
    ]
    template: dict[str, object] = {
        "spec": {"nodeClassRef": reference, "requirements": requirements, "expireAfter": "720h"}
    }
    if labels:
        template["metadata"] = {"labels": labels}
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": case.pod.spec.node_selector.get("karpenter.sh/nodepool", NAME)},
        "spec": {"template": template},
    }

"""A NodePool that would serve a pod, where none does.

https://karpenter.sh/docs/concepts/nodepools/
"""

from __future__ import annotations

from efadoctor.authoring import Case, Creation, Fix, Risk
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor.model.kubernetes import Node, ObjectMeta
from efadoctor.scheduling.devices import Device, plugin_on
from efadoctor.scheduling.discovery import as_discovered
from efadoctor.scheduling.instance_types import TypeFacts, known_types, offered_zones
from efadoctor.scheduling.names import ARCH, INSTANCE_TYPE, OS
from efadoctor.scheduling.refusals import AffinityUnmet
from efadoctor_checks._daemon_selection import by_hand

NAME = "efa"
"""What a NodePool for EFA would be called where there is none."""


def new_nodepool(case: Case) -> tuple[Fix, ...]:
    """The fixes that make a NodePool for the pod, or say what is needed instead."""
    classes = [c for c in case.snapshot.all(EC2NodeClass) if _is_ready(c)]
    types = _serving(case)
    if not types:
        return ()
    if not classes:
        with_efa = " with EFA interfaces" if case.demand.get(Device.EFA.value) else ""
        return (
            Fix(
                title=f"Make a node group of {types[0].name}{with_efa}",
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
    labels |= _plugin_labels(case, types[0].name)
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


def _plugin_labels(case: Case, type_name: str) -> dict[str, str]:
    """The labels by which the cluster's plugins know their nodes, where nothing else sets them."""
    known = {INSTANCE_TYPE: type_name, OS: "linux", ARCH: "amd64"}
    bare = Node(api_version="v1", kind="Node", metadata=ObjectMeta(name=NAME, labels=known))
    node = as_discovered(case.snapshot, bare)
    labels: dict[str, str] = {}
    for device in Device:
        plugin = plugin_on(case.snapshot, device, node) if case.demand.get(device.value) else None
        if plugin is None or not any(isinstance(r, AffinityUnmet) for r in plugin.refusals):
            continue
        label = by_hand(plugin.daemonset, node)
        if label is not None:
            labels[label.key] = label.values[0]
    return labels

"""The EFA device plugin and the DRA driver hand out the same devices.

## What it checks

Whether the DaemonSet of the EFA device plugin and that of the DRA driver for network devices
(image `dranet`) both run, or both would, on one of the nodes that the pod could use.

## Why it matters

Each counts all EFA devices of the node as its own. The scheduler then sees twice as many as there
are, two pods get the same device, and the second fails when it opens it. EKS supports the driver on
managed and self-managed nodes, not on Karpenter's or Auto Mode's.

## Evidence

The images of both DaemonSets, and a node on which both want a pod.

## Fix

Keep off these nodes the one that the pod does not ask: the driver, where it requests
`vpc.amazonaws.com/efa`; the plugin, where it has a claim for EFA devices.

## Sources

- https://docs.aws.amazon.com/eks/latest/userguide/device-management-efa.html
- https://github.com/aws/eks-charts/tree/master/stable/aws-dranet
- https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Evidence,
    Finding,
    Severity,
    Stage,
    check,
    daemonset_fix,
    reference,
)
from efadoctor.model.kubernetes import DaemonSet, Node
from efadoctor.scheduling.daemonset import daemonset_verdict
from efadoctor.scheduling.devices import Device, image_name, plugins, ships_with
from efadoctor.scheduling.instance_types import known_types
from efadoctor.scheduling.names import INSTANCE_TYPE
from efadoctor_checks import _daemon_selection, _efa_demand, _plugins

_DRIVER = "dranet"


@check(
    "EFA405",
    stage=Stage.PLUGIN,
    severity=Severity.WARNING,
    needs=(Node, DaemonSet),
    uses=(*_plugins.READS, *_efa_demand.FACTS),
)
def efa_plugin_and_dra_driver(case: Case) -> Iterator[Finding]:
    """One finding for each pair of DaemonSets that meet on a node."""
    if not _efa_demand.asks_for_efa(case):
        return
    nodes = [p.node for p in case.paths if _has_efa(case, p.node)]
    for plugin in plugins(case.snapshot, Device.EFA):
        for driver in _drivers(case):
            both = [
                n
                for n in nodes
                if not daemonset_verdict(plugin, n) and not daemonset_verdict(driver, n)
            ]
            if both:
                yield _finding(case, plugin, driver, both)


def _has_efa(case: Case, node: Node) -> bool:
    facts = known_types(case.snapshot).get(node.metadata.labels.get(INSTANCE_TYPE, ""))
    capable = facts is not None and facts.efa_interfaces > 0
    return capable and not ships_with(case.snapshot, Device.EFA, node)


def _drivers(case: Case) -> tuple[DaemonSet, ...]:
    return tuple(
        d
        for d in case.snapshot.all(DaemonSet)
        if any(image_name(c.image) == _DRIVER for c in d.spec.template.spec.containers)
    )


def _finding(case: Case, plugin: DaemonSet, driver: DaemonSet, nodes: list[Node]) -> Finding:
    by_plugin = bool(case.demand.get(Device.EFA.value))
    other = driver if by_plugin else plugin
    what = "DRA driver" if by_plugin else "device plugin"
    where = nodes[0].metadata.name
    return Finding(
        object=reference(other),
        summary=(
            f"The EFA device plugin ({plugin.metadata.name}) and the DRA driver "
            f"({driver.metadata.name}) both hand out the EFA devices of {where}."
        ),
        evidence=tuple(_image(d) for d in (plugin, driver)),
        chain=(
            f"Both DaemonSets want a pod on {where}.",
            "Each advertises every EFA device of the node as its own.",
            "So two pods can be given the same device, and one of them fails to open it.",
        ),
        fixes=daemonset_fix(
            other,
            _daemon_selection.narrowed(other, nodes),
            title=f"Keep the {what} off these nodes",
        ),
        key=f"{plugin.metadata.name} and {driver.metadata.name}",
    )


def _image(daemonset: DaemonSet) -> Evidence:
    image = daemonset.spec.template.spec.containers[0].image
    field = "spec.template.spec.containers[0].image"
    return Evidence(object=reference(daemonset), field=field, value=image)

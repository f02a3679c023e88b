"""How a node that is not well shows it: conditions, and its network plugin (EFA303)."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import Case, Evidence, reference
from efadoctor.model.kubernetes import Node
from efadoctor.scheduling.daemon_start import waiting_reason
from efadoctor.scheduling.index import ClusterIndex
from efadoctor_checks import _ages

SHOWN_BY = {
    "node.kubernetes.io/not-ready": "Ready",
    "node.kubernetes.io/unreachable": "Ready",
    "node.kubernetes.io/disk-pressure": "DiskPressure",
    "node.kubernetes.io/memory-pressure": "MemoryPressure",
    "node.kubernetes.io/pid-pressure": "PIDPressure",
    "node.kubernetes.io/network-unavailable": "NetworkUnavailable",
    "node.cloudprovider.kubernetes.io/uninitialized": "Ready",
    "node.cloudprovider.kubernetes.io/shutdown": "Ready",
}
"""The condition that says more about each taint of an unwell node."""


def condition(node: Node, taint: str) -> Evidence:
    """The condition behind a taint, else the taints themselves."""
    at = _ages.index_of(node.status.conditions, SHOWN_BY[taint])
    if at is None:
        return Evidence(object=reference(node), field="spec.taints", value=node.spec.taints)
    found = node.status.conditions[at]
    return Evidence(
        object=reference(node),
        field=f"status.conditions[{at}].status",
        value=found.status,
        expected="True" if found.type == "Ready" else "False",
        note=f"{found.reason}: {found.message[:300]}".strip(": "),
    )


def network_plugin(case: Case, name: str) -> Iterator[Evidence]:
    """The network plugin's pod on the node, where it does not run."""
    bound = ClusterIndex.of(case.snapshot).bound
    for pod in (bound.view(row) for row in bound.by_node.get(name, ())):
        owners = [o.name for o in pod.metadata.owner_references]
        if "aws-node" in owners and not _ages.is_ready(pod):
            yield Evidence(
                object=reference(pod),
                field="status.phase",
                value=pod.status.phase,
                expected="Running",
                note=waiting_reason(pod) or "the network plugin is not ready",
            )

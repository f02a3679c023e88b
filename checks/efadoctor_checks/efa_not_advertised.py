"""The EFA plugin runs on the node and advertises too few devices.

## What it checks

Nodes that are ready, have the EFA interfaces, run the plugin, and whose
`status.allocatable["vpc.amazonaws.com/efa"]` is still absent or short. A plugin that started, or a
node that became ready, less than five minutes ago is waited for.

## Why it matters

This is the last link: everything that one would look at is green. The plugin found no healthy
device (no EFA driver in the AMI, `/dev/infiniband` missing, devices in error), or the kubelet has
restarted and the plugin has not registered again.

## Evidence

`capacity` and `allocatable` of the node (a higher capacity means unhealthy devices), its EFA
interfaces as EC2 has them, the plugin's pod.

## Fix

Restart the plugin's pod on the node; look at its log. A node whose AMI lacks the driver must be
replaced by one that has it.

## Sources

- https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/
- https://docs.aws.amazon.com/eks/latest/userguide/node-efa.html
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Awaited,
    Case,
    Change,
    Deletion,
    Evidence,
    Finding,
    Fix,
    Risk,
    Stage,
    check,
    reference,
)
from efadoctor.model.kubernetes import DaemonSet, Node
from efadoctor.scheduling.devices import Device, plugin_on
from efadoctor_checks import _ages, _plugin_pods, _plugins

_UNSEEN = "what the plugin finds on the machine shows in no object; its log says it"


@check("EFA501", stage=Stage.ALLOCATABLE, needs=(Node, DaemonSet), uses=_plugins.READS)
def efa_not_advertised(case: Case) -> Iterator[Finding | Awaited]:
    """One finding for each node."""
    for way in _plugins.unadvertised(case, Device.EFA):
        if way.path.hypothetical or way.lacks_interfaces or not _ages.is_ready(way.path.node):
            continue
        if not _plugin_pods.is_served(case, way):
            continue
        since = _plugin_pods.serving_since(case, way)
        if _ages.is_within(case.snapshot, since, _ages.STARTS_WITHIN):
            yield Awaited(
                paths=frozenset({way.path.id}),
                what=f"the EFA plugin on {way.where} is about to register its devices",
                evidence=(_plugins.allocatable_evidence(way),),
                since=since,
                until=_ages.deadline(since, _ages.STARTS_WITHIN),
            )
            continue
        for name in way.path.nodes:
            node = case.snapshot.get(Node, name)
            if node is not None:
                yield _finding(case, way, node)


def _finding(case: Case, way: _plugins.Unadvertised, node: Node) -> Finding:
    ref, resource = reference(node), Device.EFA.value
    allocatable, capacity = (
        m.get(resource) for m in (node.status.allocatable, node.status.capacity)
    )
    evidence = [
        Evidence(
            object=ref,
            field=f'status.allocatable["{resource}"]',
            value=allocatable,
            expected=f"at least {way.refusal.requested}",
        ),
        Evidence(object=ref, field=f'status.capacity["{resource}"]', value=capacity),
    ]
    plugin = plugin_on(case.snapshot, Device.EFA, node)
    pod = plugin.pod if plugin is not None else None
    fixes: tuple[Fix, ...] = ()
    if pod is not None:
        evidence.append(_plugin_pods.readiness_evidence(pod))
        fixes = (
            Fix(
                title=f"Restart the EFA plugin on {ref.name}",
                edits=(Deletion(target=reference(pod)),),
                risk=Risk.RESTARTS,
                warning="Running pods keep their devices; new ones wait until it is back.",
                unprovable=_UNSEEN,
            ),
        )
    return Finding(
        object=ref,
        summary=f"Node {ref.name} advertises {allocatable or 0} {resource} while its plugin runs.",
        evidence=tuple(evidence),
        chain=(
            f"The EFA plugin runs on node {ref.name} and is ready.",
            f"It advertises {allocatable or 0} {resource}; {way.refusal.requested} are asked for.",
        ),
        fixes=fixes,
        paths=frozenset({way.path.id}),
        change=Change.DAEMONSET,
    )

"""Replacing a machine: by its NodeClaim, by its Auto Scaling group, or by hand."""

from __future__ import annotations

from efadoctor.authoring import AwsCall, Case, Command, Deletion, Fix, Risk, reference
from efadoctor.model.aws import NodeGroup
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.scheduling.devices import claim_of
from efadoctor.scheduling.index import ClusterIndex
from efadoctor.scheduling.names import NODEGROUP
from efadoctor_checks._paths import some


def replacing(case: Case, node: Node, *, why: str = "") -> Fix:
    """The fix that replaces a node. ``why`` is said first; pods that it evicts are counted."""
    name = node.metadata.name
    pods = _pods_on(case, name)
    warning = " ".join(s for s in (why, _evicted(name, pods)) if s)
    claim = claim_of(case.snapshot, node)
    if claim is not None:
        return Fix(
            title=f"Replace node {name}: delete its NodeClaim",
            edits=(Deletion(target=reference(claim)),),
            risk=Risk.REPLACES_NODES,
            warning=warning,
        )
    instance = node.spec.provider_id.rsplit("/", 1)[-1]
    options: tuple[str, ...] = ("--ignore-daemonsets", "--delete-emptydir-data")
    alone = sorted(reference(p).short for p in pods if not p.metadata.owner_references)
    if alone:  # drain refuses to evict pods that nobody makes anew
        options = (*options, "--force")
        warning += f" Nothing makes {some(alone)} anew."
    drain = Command(
        argv=("kubectl", "drain", f"node/{name}", *options),
        instead=("kubectl", "wait", "--for=delete", f"node/{name}", "--timeout=1s"),
        effect=(Deletion(target=reference(node)),),
    )
    group = node.metadata.labels.get(NODEGROUP, "")
    if group:
        end = AwsCall(
            service="autoscaling",
            operation="terminate-instance-in-auto-scaling-group",
            parameters={"InstanceId": instance, "ShouldDecrementDesiredCapacity": False},
        )
    else:
        end = AwsCall(
            service="ec2", operation="terminate-instances", parameters={"InstanceIds": [instance]}
        )
    made = case.snapshot.get(NodeGroup, group) is not None
    return Fix(
        title=f"Replace node {name}: drain it and terminate its instance",
        edits=(drain, end),
        risk=Risk.REPLACES_NODES,
        warning=warning,
        unprovable="" if made else f"what makes another in the place of node {name} was not read",
    )


def _pods_on(case: Case, name: str) -> tuple[Pod, ...]:
    bound = ClusterIndex.of(case.snapshot).bound
    return tuple(bound.view(row) for row in bound.by_node.get(name, ()))


def _evicted(name: str, pods: tuple[Pod, ...]) -> str:
    """How many pods the replacement evicts, DaemonSets' own aside."""
    count = sum(not any(o.kind == "DaemonSet" for o in p.metadata.owner_references) for p in pods)
    if not count:
        return f"Nothing but daemon pods runs on node {name}."
    return f"{count} pod{'' if count == 1 else 's'} on node {name} will be evicted."

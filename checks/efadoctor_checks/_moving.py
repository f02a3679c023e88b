"""What to say of a holder in the way, and how to move it (EFA502, EFA503)."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import (
    Awaited,
    Case,
    Change,
    Deletion,
    Evidence,
    Finding,
    Fix,
    ObjectRef,
    Risk,
    reference,
    set_field,
)
from efadoctor.model.kubernetes import Pod, Workload
from efadoctor.scheduling.names import EFA
from efadoctor.scheduling.node_states import PODS
from efadoctor.scheduling.quantity import CPU
from efadoctor_checks import _ages, _in_use

_LISTED = 5
_SUSPENDED = frozenset({"Job", "JobSet"})
_SCALED = frozenset({"Deployment", "ReplicaSet", "StatefulSet"})


def answers(case: Case, *, of_efa: bool) -> Iterator[Finding | Awaited]:
    """One finding for each holder's owner; of EFA, or of everything else."""
    for found in _in_use.crowded(case):
        speaks = of_efa or EFA not in found.shortage
        if case.pod.status.nominated_node_name in found.path.nodes:
            yield from (_preempting(case, found),) if speaks else ()
            continue
        if not found.in_the_way and speaks:
            yield _leaving(found)
        for held in found.in_the_way:
            if (held.resource == EFA) is of_efa:
                yield _finding(case, found, held)


def _preempting(case: Case, found: _in_use.Crowded) -> Awaited:
    node = case.pod.status.nominated_node_name
    return Awaited(
        paths=frozenset({found.path.id}),
        what=f"the scheduler is making room for the pod on node {node}",
        evidence=(Evidence(object=case.pod_ref, field="status.nominatedNodeName", value=node),),
    )


def _leaving(found: _in_use.Crowded) -> Awaited:
    pods = found.leaving
    since = _ages.latest(p.metadata.deletion_timestamp for p in pods)
    named = ", ".join(p.metadata.name for p in pods[:_LISTED])
    return Awaited(
        paths=frozenset({found.path.id}),
        what=f"pods that are ending make room on node {found.node.metadata.name} ({named})",
        evidence=tuple(
            Evidence(
                object=reference(p),
                field="metadata.deletionTimestamp",
                value=p.metadata.deletion_timestamp,
            )
            for p in pods[:_LISTED]
        ),
        since=since,
    )


def _finding(case: Case, found: _in_use.Crowded, held: _in_use.InTheWay) -> Finding:
    resource, holder = held.resource, held.holder
    node, first = found.node.metadata.name, holder.pods[0]
    total = found.allocatable.get(resource, 0)
    share = _amount(resource, holder.amounts.get(resource, 0))
    lacking = _amount(resource, found.shortage[resource])
    who = f"{holder.owner.short} in namespace {holder.owner.namespace}"
    if held.own:
        who = f"the pod's own {holder.owner.short}"
    everybody = "; ".join(
        f"{h.owner.short} {_amount(resource, h.amounts[resource])}"
        for h in sorted(found.holders, key=lambda h: -h.amounts.get(resource, 0))[:_LISTED]
        if h.amounts.get(resource)
    )
    return Finding(
        object=reference(first),
        summary=(
            f"{share} of {_amount(resource, total)} {resource} on node {node} are in use by {who}."
        ),
        evidence=(
            Evidence(
                object=reference(found.node),
                field=f'status.allocatable["{resource}"]',
                value=found.node.status.allocatable.get(resource),
                note=f"requested there by others: {everybody}",
            ),
            *(_request(p, resource) for p in holder.pods[:_LISTED]),
        ),
        chain=(
            f"Node {node} has {_amount(resource, total)} {resource} to allocate.",
            f"The pods on it hold too much of it: {everybody}.",
            f"The pod would need {lacking} {resource} more than is free.",
        ),
        fixes=_fixes(case, held),
        paths=frozenset({found.path.id}),
        change=Change.PEER_MOVED if held.own else Change.WORKLOAD_MOVED,
        key=f"{resource} held by {holder.owner}",
    )


def _amount(resource: str, value: int) -> str:
    """An amount for people: cores, GiB, pieces."""
    if resource == CPU:
        return f"{value / 1000:g}"
    if resource in ("memory", "ephemeral-storage") or resource.startswith("hugepages-"):
        return f"{value / 2**30:.4g} GiB"
    return str(value)


def _request(pod: Pod, resource: str) -> Evidence:
    """Where a pod asks for the resource."""
    if resource != PODS:
        for at, container in enumerate(pod.spec.containers):
            for name in ("requests", "limits"):
                amounts = getattr(container.resources, name)
                if resource in amounts:
                    return Evidence(
                        object=reference(pod),
                        field=f'spec.containers[{at}].resources.{name}["{resource}"]',
                        value=amounts[resource],
                    )
    return Evidence(object=reference(pod), field="spec.nodeName", value=pod.spec.node_name)


# ---- fixes ------------------------------------------------------------------


def _fixes(case: Case, held: _in_use.InTheWay) -> tuple[Fix, ...]:
    owner = held.holder.owner
    if held.own:
        why = "its own peers hold it, so the workload needs more nodes than there are"
        return (Fix(title=f"Add nodes, or run {owner.short} with fewer pods", unprovable=why),)
    return (moved(case, owner, held.holder.pods),)


def moved(case: Case, owner: ObjectRef, pods: tuple[Pod, ...]) -> Fix:
    """What takes an owner's running pods out of the way: suspended, scaled down, deleted."""
    workload = case.snapshot.find(owner)
    bare = owner.kind == "Pod"
    warning = f"{owner.short} loses {len(pods)} running pod{'' if len(pods) == 1 else 's'}."
    if isinstance(workload, Workload) and owner.kind in _SUSPENDED:
        edit = set_field(workload, "spec.suspend", value=True)
        title = f"Suspend {owner.short}, or wait until it ends"
        said = f"{warning} All its pods end; it starts them anew when it is resumed."
        return Fix(title=title, edits=(edit,), risk=Risk.RESTARTS, warning=said)
    replicas = _replicas(workload)
    if replicas is not None:
        left = max(0, replicas - len(pods))
        edit = set_field(workload, "spec.replicas", left)
        title = f"Scale {owner.short} from {replicas} to {left}"
        why = "" if left == 0 else "which of its pods go is its controller's choice"
        return Fix(title=title, edits=(edit,), risk=Risk.RESTARTS, warning=warning, unprovable=why)
    return Fix(
        title=f"Delete what holds it: {', '.join(p.metadata.name for p in pods[:_LISTED])}",
        edits=tuple(Deletion(target=reference(p)) for p in pods),
        risk=Risk.RESTARTS,
        warning="Nothing makes it anew." if bare else f"{warning} It may make them anew.",
        unprovable="" if bare else f"{owner.short} may take the room again",
    )


def _replicas(workload: object) -> int | None:
    """How many pods a workload that can be scaled wants; None for any other."""
    if not isinstance(workload, Workload) or workload.kind not in _SCALED:
        return None
    found = workload.spec.get("replicas") if isinstance(workload.spec, dict) else None
    return found if isinstance(found, int) else None

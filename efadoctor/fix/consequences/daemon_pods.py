"""A DaemonSet runs a pod on every node that it selects and tolerates.

https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/ ; a changed template
replaces the pods (updateStrategy RollingUpdate, the default),
https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/ .
"""

from __future__ import annotations

import msgspec

from efadoctor.fix.change import Change
from efadoctor.fix.words import some
from efadoctor.model.kubernetes import (
    Condition,
    ContainerState,
    ContainerStateRunning,
    ContainerStatus,
    DaemonSet,
    Namespace,
    Node,
    ObjectMeta,
    OwnerReference,
    Pod,
    PodStatus,
)
from efadoctor.model.reference import reference
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.daemonset import daemonset_verdict


def daemon_pods(change: Change, _as_read: Snapshot) -> Change:
    """The pods that touched DaemonSets, or DaemonSets on touched nodes, gain and lose."""
    nodes = [v for v in change.replaced if isinstance(v, Node)]
    namespaces = {v.metadata.name for v in change.replaced if isinstance(v, Namespace)}
    touched = {reference(v) for v in change.replaced if isinstance(v, DaemonSet)}
    result = Change.of(change.after)
    for daemonset in change.after.all(DaemonSet):
        ref = reference(daemonset)
        if ref in touched or ref.namespace in namespaces:
            every = change.after.all(Node)
            result = result.then(_on(result.after, daemonset, every, anew=ref in touched))
        elif nodes:
            result = result.then(_on(result.after, daemonset, tuple(nodes), anew=False))
    return result


def _on(snapshot: Snapshot, daemonset: DaemonSet, nodes: tuple[Node, ...], *, anew: bool) -> Change:
    """``anew``: pods that are there already are replaced as well."""
    existing = _pods_of(snapshot, daemonset)
    started: list[Pod] = []
    unwanted: list[Pod] = []
    places: list[str] = []
    for node in nodes:
        name = node.metadata.name
        pod = existing.get(name)
        if daemonset_verdict(daemonset, node):
            if pod is not None:
                unwanted.append(pod)
        elif pod is None or (anew and not _runs(pod)):
            started.append(running_pod(daemonset, node, pod))
            places.append(name)
    if not started and not unwanted:
        return Change.of(snapshot)
    said = f"{reference(daemonset).short} now runs on {some(places, 'node')}" if places else ""
    return Change.of(
        snapshot,
        replaced=tuple(started),
        removed=tuple(unwanted),
        said=(said,) if said else (),
    )


def _pods_of(snapshot: Snapshot, daemonset: DaemonSet) -> dict[str, Pod]:
    """The DaemonSet's pods by node."""
    own: dict[str, Pod] = {}
    for pod in snapshot.all(Pod):
        for owner in pod.metadata.owner_references:
            if owner.kind == "DaemonSet" and owner.uid == daemonset.metadata.uid:
                own[pod.spec.node_name or planned_node(pod)] = pod
    return own


def planned_node(pod: Pod) -> str:
    """The node that the controller means an unbound pod for: a matchFields term names it."""
    affinity = pod.spec.affinity.node_affinity if pod.spec.affinity else None
    terms = affinity.required.node_selector_terms if affinity and affinity.required else ()
    fields = (r for t in terms for r in t.match_fields if r.key == "metadata.name" and r.values)
    return next((r.values[0] for r in fields), "")


def _runs(pod: Pod) -> bool:
    statuses = pod.status.container_statuses
    return pod.status.phase == "Running" and all(s.state.running for s in statuses)


def running_pod(daemonset: DaemonSet, node: Node, old: Pod | None) -> Pod:
    """The pod of a DaemonSet on a node, bound, running and ready."""
    template, name = daemonset.spec.template, node.metadata.name
    owner = OwnerReference(
        api_version=daemonset.api_version,
        kind=daemonset.kind,
        name=daemonset.metadata.name,
        uid=daemonset.metadata.uid,
        controller=True,
    )
    metadata = ObjectMeta(
        name=old.metadata.name if old else f"{daemonset.metadata.name}-{name}",
        namespace=daemonset.metadata.namespace,
        labels=template.metadata.labels,
        annotations=template.metadata.annotations,
        owner_references=(owner,),
    )
    ready = tuple(
        ContainerStatus(
            name=c.name, ready=True, state=ContainerState(running=ContainerStateRunning())
        )
        for c in template.spec.containers
    )
    status = PodStatus(
        phase="Running",
        conditions=(Condition(type="Ready", status="True"),),
        container_statuses=ready,
    )
    spec = msgspec.structs.replace(template.spec, node_name=name)
    return Pod(api_version="v1", kind="Pod", metadata=metadata, spec=spec, status=status)

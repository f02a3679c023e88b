"""A DaemonSet runs a pod on every node that it selects and tolerates, and that may start.

https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/ ; a changed template
replaces the pods (updateStrategy RollingUpdate, the default; OnDelete leaves them),
https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/ ; a namespace's Pod
Security level keeps pods out, https://kubernetes.io/docs/concepts/security/pod-security-admission/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from efadoctor.fix.change import Change
from efadoctor.fix.words import some
from efadoctor.model.decoding import convert
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
from efadoctor.scheduling.daemon_start import is_rejected, template_failure
from efadoctor.scheduling.daemonset import daemonset_verdict, planned_node

_ON_DELETE = "OnDelete"


def daemon_pods(change: Change, _as_read: Snapshot) -> Change:
    """The pods that touched DaemonSets, or DaemonSets on touched nodes, gain and lose."""
    nodes = {v.metadata.name for v in change.replaced if isinstance(v, Node)}
    nodes = {n for n in nodes if _looks_new(change, n)}
    namespaces = {v.metadata.name for v in change.replaced if isinstance(v, Namespace)}
    touched = {reference(v) for v in change.replaced if isinstance(v, DaemonSet)}
    bereft = _bereft(change)
    if not (nodes or namespaces or touched or bereft):
        return Change.of(change.after)
    found = _Daemons(change)
    for daemonset in change.after.all(DaemonSet):
        ref = reference(daemonset)
        if ref in touched or ref.namespace in namespaces:
            found.look(daemonset, change.after.all(Node), changed=ref in touched)
        else:
            names = nodes | bereft.get(daemonset.metadata.uid, set())
            found.look(daemonset, _named(change.after, names), changed=False)
    return Change.of(
        change.after,
        replaced=tuple(found.started),
        removed=tuple(found.unwanted),
        said=tuple(found.said),
    )


def _looks_new(change: Change, name: str) -> bool:
    """Whether a node's labels or taints changed: nothing else of it moves a DaemonSet."""
    old, node = change.before.get(Node, name), change.after.get(Node, name)
    return node is not None and (
        old is None
        or (old.metadata.labels, old.spec.taints) != (node.metadata.labels, node.spec.taints)
    )


def _bereft(change: Change) -> dict[str, set[str]]:
    """The nodes that lost a pod of a DaemonSet, by its uid."""
    found: dict[str, set[str]] = {}
    for view in change.removed:
        if isinstance(view, Pod):
            for uid in _daemonset_uids(view):
                found.setdefault(uid, set()).add(view.spec.node_name)
    return found


def _named(snapshot: Snapshot, names: Iterable[str]) -> tuple[Node, ...]:
    nodes = (snapshot.get(Node, name) for name in sorted(names))
    return tuple(n for n in nodes if n is not None)


class _Daemons:
    """Collects the pods that DaemonSets start and end."""

    def __init__(self, change: Change) -> None:
        self._snapshot, self._before = change.after, change.before
        self.started: list[Pod] = []
        self.unwanted: list[Pod] = []
        self.said: list[str] = []

    def look(self, daemonset: DaemonSet, nodes: tuple[Node, ...], *, changed: bool) -> None:
        """``changed``: pods that are there but do not run are replaced as well."""
        if not nodes:
            return
        existing = _pods_of(self._snapshot, daemonset)
        anew = changed and daemonset.spec.update_strategy.type != _ON_DELETE
        starts = self._starts(daemonset)
        places: list[str] = []
        for node in nodes:
            name = node.metadata.name
            pod = existing.get(name)
            if daemonset_verdict(daemonset, node):
                if pod is not None:
                    self.unwanted.append(pod)
            elif starts and (pod is None or (anew and not _runs(pod))):
                self.started.append(running_pod(daemonset, node, pod))
                places.append(name)
        # what runs on a node that has only just been made is no news
        if any(self._before.get(Node, name) is not None for name in places):
            self.said.append(f"{reference(daemonset).short} now runs on {some(places, 'node')}")

    def _starts(self, daemonset: DaemonSet) -> bool:
        """Whether its new pods start: not where what kept the others from it is as it was."""
        if is_rejected(self._snapshot, daemonset):
            return False
        old = self._before.find(reference(daemonset))
        if not isinstance(old, DaemonSet):
            return True
        same = _what_starts(old) == _what_starts(daemonset)
        return not (same and template_failure(self._before, old))


def _what_starts(daemonset: DaemonSet) -> tuple[Any, ...]:
    spec = daemonset.spec.template.spec
    return spec.containers, spec.init_containers, spec.security_context


def _pods_of(snapshot: Snapshot, daemonset: DaemonSet) -> dict[str, Pod]:
    """The DaemonSet's pods by node."""
    rows = snapshot.once_of(Pod, _rows_by_daemonset).get(daemonset.metadata.uid, ())
    pods: tuple[Pod, ...] = convert(rows, Pod, "cluster/pods").views
    return {p.spec.node_name or planned_node(p): p for p in pods}


def _rows_by_daemonset(snapshot: Snapshot) -> dict[str, list[Any]]:
    """The rows of every DaemonSet's pods by its uid: few of many, so only those are decoded."""
    found: dict[str, list[Any]] = {}
    for row in snapshot.rows(Pod):
        for uid in _daemonset_uids(row):
            found.setdefault(uid, []).append(row)
    return found


def _daemonset_uids(row: Any) -> Iterator[str]:
    if isinstance(row, Pod):
        yield from (o.uid for o in row.metadata.owner_references if o.kind == "DaemonSet")
        return
    try:
        owners = row["metadata"].get("ownerReferences") or ()
        yield from [o["uid"] for o in owners if o["kind"] == "DaemonSet"]
    except (LookupError, TypeError, AttributeError):
        return  # a row of an odd form is a gap, which whoever decodes it reports


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

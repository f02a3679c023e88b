"""Controllers replace the pods that they lose, from their template as it now is.

https://kubernetes.io/docs/concepts/workloads/controllers/ ; a Deployment also replaces its
pods when its template changes, a StatefulSet only those that are deleted
(https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback), a
workload that is scaled down or suspended ends pods
(https://kubernetes.io/docs/concepts/workloads/controllers/job/#suspending-a-job).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from efadoctor.fix.change import Change
from efadoctor.fix.words import some
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.kubernetes import Pod, PodSpec, PodStatus, Toleration, Workload
from efadoctor.model.reference import reference
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.workloads import owned_pods, template_of, template_owner

_ROLLS = frozenset({"Deployment"})
_FINISHED = frozenset({"Succeeded", "Failed"})
_SIZES = {
    "Deployment": "replicas",
    "ReplicaSet": "replicas",
    "StatefulSet": "replicas",
    "Job": "parallelism",
}
"""The field in which a kind says how many pods it wants at a time."""


def replaced_pods(change: Change, as_read: Snapshot) -> Change:
    """Pods that are made again, and pods of workloads that were scaled down or are gone."""
    result = Change.of(change.after)
    for view in change.removed:
        if isinstance(view, Pod):
            result = result.then(_made_again(result.after, view, as_read))
        elif isinstance(view, Workload):
            result = result.then(_ended(result.after, owned_pods(result.after, reference(view))))
    for view in change.replaced:
        if isinstance(view, Workload):
            result = result.then(_resized(change.before, result.after, view))
            result = result.then(_rolled(change.before, result.after, view, as_read))
    return result


def _made_again(snapshot: Snapshot, pod: Pod, as_read: Snapshot) -> Change:
    """Its successor has another name in most kinds; here it keeps its own, to be followed."""
    owned = template_owner(snapshot, pod)
    made_by_daemonset = any(o.kind == "DaemonSet" for o in pod.metadata.owner_references)
    if owned is None or made_by_daemonset or snapshot.find(reference(pod)) is not None:
        return Change.of(snapshot)
    workload, located = owned
    if _stopped(workload) or _has_enough(snapshot, workload):
        return Change.of(snapshot)
    fresh = _from_template(pod, located.template.spec, workload, as_read)
    said = f"{reference(workload).short} makes pod {pod.metadata.name} anew, which waits for a node"
    return Change.of(snapshot, replaced=(fresh,), said=(said,))


def _from_template(pod: Pod, template: PodSpec, workload: Workload, as_read: Snapshot) -> Pod:
    """The pod from the template as it now is, with what admission had added to the old one."""
    seen = as_read.get(Pod, pod.metadata.name, pod.metadata.namespace) or pod
    old = as_read.find(reference(workload))
    before = template_of(old, seen) if isinstance(old, Workload) else None
    old_spec = before.template.spec if before is not None else template
    added = tuple(t for t in seen.spec.tolerations if t not in old_spec.tolerations)
    selector = _additions(seen.spec.node_selector, old_spec.node_selector)
    spec = msgspec.structs.replace(
        template,
        tolerations=(*template.tolerations, *_new(added, template.tolerations)),
        node_selector={**template.node_selector, **selector},
        priority=seen.spec.priority,
        node_name="",
    )
    return msgspec.structs.replace(pod, spec=spec, status=PodStatus(phase="Pending"))


def _additions(seen: Mapping[str, str], template: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in seen.items() if k not in template}


def _new(added: Iterable[Toleration], kept: tuple[Toleration, ...]) -> tuple[Toleration, ...]:
    return tuple(t for t in added if t not in kept)


def _rolled(before: Snapshot, snapshot: Snapshot, workload: Workload, as_read: Snapshot) -> Change:
    """A Deployment's pods are replaced when its template changes."""
    old = before.find(reference(workload))
    if workload.kind not in _ROLLS or not isinstance(old, Workload):
        return Change.of(snapshot)
    if _field(old, "template") == _field(workload, "template"):
        return Change.of(snapshot)
    fresh: list[Pod] = []
    for pod in owned_pods(snapshot, reference(workload)):
        located = template_of(workload, pod)
        if located is not None:
            fresh.append(_from_template(pod, located.template.spec, workload, as_read))
    said = (f"{reference(workload).short} replaces its pods",) if fresh else ()
    return Change.of(snapshot, replaced=tuple(fresh), said=said)


def _resized(before: Snapshot, snapshot: Snapshot, workload: Workload) -> Change:
    """Fewer replicas end the pods that are left over: those that wait first, then by name."""
    ref = reference(workload)
    pods = owned_pods(snapshot, ref)
    if _stopped(workload):
        return _ended(snapshot, pods)
    old = before.find(ref)
    was, now = _size(old) if isinstance(old, Workload) else None, _size(workload)
    if was is None or now is None or now >= was:
        return Change.of(snapshot)
    ordered = sorted(pods, key=lambda p: (bool(p.spec.node_name), p.metadata.name))
    return _ended(snapshot, tuple(ordered[: max(0, len(pods) - now)]))


def _ended(snapshot: Snapshot, pods: tuple[Pod, ...]) -> Change:
    names = [p.metadata.name for p in pods]
    said = (f"{some(names, 'pod')} {'ends' if len(names) == 1 else 'end'}",) if names else ()
    return Change.of(snapshot, removed=pods, said=said)


def _stopped(workload: Workload) -> bool:
    """Suspended, or wanted in no number at all."""
    return _size(workload) == 0 or _field(workload, "suspend") is True


def _has_enough(snapshot: Snapshot, workload: Workload) -> bool:
    """Whether a workload has as many unfinished pods as it wants."""
    size = _size(workload)
    pods = owned_pods(snapshot, reference(workload)) if size is not None else ()
    return size is not None and sum(p.status.phase not in _FINISHED for p in pods) >= size


def _size(workload: Workload) -> int | None:
    size = _field(workload, _SIZES[workload.kind]) if workload.kind in _SIZES else None
    return size if isinstance(size, int) else None


def _field(workload: Workload, name: str) -> Any:
    try:
        return FieldPath.of("spec", name).resolve(workload)
    except LookupError:
        return None

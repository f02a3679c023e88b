"""Whom a diagnosis is about: a pod, or the pods of an owner."""

from __future__ import annotations

from difflib import get_close_matches

import msgspec

from efadoctor.model.errors import InvalidQuantityError, SubjectNotFoundError
from efadoctor.model.facts import KUBERNETES_SOURCES
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.inert import inert
from efadoctor.model.kubernetes import Event, Pod, Workload
from efadoctor.model.reference import ObjectRef, reference
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.workloads import (
    find_workload,
    imagined_pod,
    owned_pods,
    owners,
    pod_from_template,
    templates,
)
from efadoctor.scheduling.names import EFA
from efadoctor.scheduling.requests import pod_requests

FINISHED = frozenset({"Succeeded", "Failed"})


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, the pod that stands for it, and its owners (topmost last).

    ``imagined`` is true for a workload that has no pod: ``pod`` is then what its template
    would make (the one at ``template`` where it has several).
    """

    ref: ObjectRef
    pod: Pod
    pods: tuple[Pod, ...] = ()
    owners: tuple[ObjectRef, ...] = ()
    imagined: bool = False
    template: FieldPath | None = None


def is_pending(pod: Pod) -> bool:
    """Whether a pod waits for a node: not bound, not finished, not being deleted."""
    return (
        not pod.spec.node_name
        and pod.status.phase not in FINISHED
        and pod.metadata.deletion_timestamp is None
    )


def find_subject(snapshot: Snapshot, name: str, namespace: str = "default") -> Subject:
    """The subject of ``pod``, ``kind/name``, ``namespace/pod`` or ``namespace/kind/name``.

    ``namespace`` holds where the name carries none. Two parts are first a namespace and a
    pod, then a kind and a name. Raises SubjectNotFoundError, with the nearest names.
    """
    parts = name.split("/")
    if len(parts) == 3:  # noqa: PLR2004
        return _named(snapshot, parts[1], parts[2], parts[0])
    if len(parts) == 1:
        return _named(snapshot, "pod", parts[0], namespace)
    pod = snapshot.get(Pod, parts[1], parts[0]) if len(parts) == 2 else None  # noqa: PLR2004
    if pod is not None:
        return of_pod(snapshot, pod)
    if len(parts) == 2 and not _is_kind(parts[0]):  # noqa: PLR2004
        return _named(snapshot, "pod", parts[1], parts[0])
    return _named(snapshot, parts[0], parts[-1], namespace)


_SHORT = {"po": "pod", "deploy": "deployment", "sts": "statefulset", "rs": "replicaset"}


def _is_kind(text: str) -> bool:
    names = {n for s in KUBERNETES_SOURCES for n in (s.kind.lower(), s.plural)}
    return text.lower() in names | set(_SHORT)


def _named(snapshot: Snapshot, kind: str, name: str, namespace: str) -> Subject:
    kind = _SHORT.get(kind.lower(), kind)
    if kind.lower() in ("pod", "pods"):
        pod = snapshot.get(Pod, name, namespace)
        if pod is None:
            raise SubjectNotFoundError(_not_found(snapshot, name, namespace))
        return of_pod(snapshot, pod)
    workload = find_workload(snapshot, kind, name, namespace)
    if workload is None:
        raise SubjectNotFoundError(_no_workload(snapshot, kind, name, namespace))
    return of_workload(snapshot, workload)


def of_pod(snapshot: Snapshot, pod: Pod) -> Subject:
    """A pod as a subject."""
    return Subject(ref=reference(pod), pod=pod, pods=(pod,), owners=owners(snapshot, pod))


def of_workload(snapshot: Snapshot, workload: Workload) -> Subject:
    """A workload as a subject: its first pending pod, else its first, else what it would make.

    Also what it would make where some of its pods are bound and the others are refused: it is
    those that it lacks.
    """
    ref = reference(workload)
    pods = owned_pods(snapshot, ref)
    if any(map(is_pending, pods)) or (pods and not _lacks_refused_pods(snapshot, workload, pods)):
        pod = min(pods, key=lambda p: (not is_pending(p), not _asks_efa(p), p.metadata.name))
        return Subject(ref=ref, pod=pod, pods=pods, owners=owners(snapshot, pod))
    made = [pod_from_template(workload, t.template) for t in templates(workload)]
    if not made:
        raise SubjectNotFoundError(
            f"{ref.short} in namespace {ref.namespace!r} has no pods, and a {ref.kind} "
            "shows no pod template to judge"
        )
    pod = min(made, key=lambda p: not _asks_efa(p))
    return Subject(ref=ref, pod=pod, owners=owners(snapshot, pod), imagined=True)


def _lacks_refused_pods(snapshot: Snapshot, workload: Workload, pods: tuple[Pod, ...]) -> bool:
    """Whether the API server refuses pods of a workload that has fewer than it wants at a time."""
    spec = workload.spec if isinstance(workload.spec, dict) else {}
    wanted = spec.get("parallelism", spec.get("replicas"))
    active = sum(p.status.phase not in FINISHED for p in pods)
    if not isinstance(wanted, int) or active >= wanted or not templates(workload):
        return False
    about = (workload.kind, workload.metadata.name, workload.metadata.namespace)
    refused = (e.involved_object for e in snapshot.all(Event) if e.reason == "FailedCreate")
    return any((o.kind, o.name, o.namespace) == about for o in refused)


def of_template(snapshot: Snapshot, workload: Workload, path: FieldPath) -> Subject:
    """What one pod template of a workload would make, whatever pods there are.

    Raises SubjectNotFoundError where there is no template at that path.
    """
    ref = reference(workload)
    located = next((t for t in templates(workload) if t.path == path), None)
    if located is None:
        raise SubjectNotFoundError(f"{ref.short} has no pod template at {path}")
    pod = imagined_pod(workload, located)
    return Subject(
        ref=ref, pod=pod, owners=owners(snapshot, pod), imagined=True, template=located.path
    )


def _asks_efa(pod: Pod) -> bool:
    try:
        return pod_requests(pod).get(EFA, 0) > 0
    except InvalidQuantityError:
        return False


def _not_found(snapshot: Snapshot, name: str, namespace: str) -> str:
    known = [f"{p.metadata.namespace}/{p.metadata.name}" for p in snapshot.all(Pod)]
    elsewhere = [k for k in known if k.partition("/")[2] == name]
    near = elsewhere or get_close_matches(f"{namespace}/{name}", known, n=3, cutoff=0.6)
    hint = f"; did you mean {' or '.join(near[:3])}?" if near else ""
    return f"no pod {inert(name)!r} in namespace {inert(namespace)!r}{hint}"


def _no_workload(snapshot: Snapshot, kind: str, name: str, namespace: str) -> str:
    known = [
        f"{w.metadata.namespace}/{w.kind.lower()}/{w.metadata.name}" for w in snapshot.all(Workload)
    ]
    near = get_close_matches(f"{namespace}/{kind.lower()}/{name}", known, n=3, cutoff=0.6)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"no {inert(kind)} {inert(name)!r} in namespace {inert(namespace)!r}{hint}"

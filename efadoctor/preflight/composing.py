"""One snapshot of what was given, what was assumed, and the cluster that it is to meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from efadoctor.fix.change import Change
from efadoctor.fix.consequences import settle
from efadoctor.model.decoding import Decoded
from efadoctor.model.facts import kubernetes_source, sources_of
from efadoctor.model.karpenter import EC2NodeClass, NodeClaim, NodePool, NodePoolStatus
from efadoctor.model.kubernetes import (
    Condition,
    DaemonSet,
    KubernetesObject,
    Node,
    Pod,
    Workload,
)
from efadoctor.model.reference import ObjectRef, reference
from efadoctor.model.snapshot import Origin, Partial, Snapshot
from efadoctor.model.workloads import owned_pods
from efadoctor.preflight.assumptions import STORAGE, Assumed
from efadoctor.preflight.written import Given, Written

IN_FILES = "those in the files"
_JUDGED_WHOLE = (Node, DaemonSet, NodePool, EC2NodeClass, NodeClaim)


def alone(given: Given, assumed: Iterable[Assumed], now: datetime) -> Snapshot:
    """What the manifests say about each other: no node exists, and nothing is known of AWS.

    NodePools and what belongs to them count as read once there is a NodePool.
    """
    views: dict[str, dict[ObjectRef, Any]] = {}
    for view in (*(w.view for w in given.objects), *(v for a in assumed for v in a.views)):
        # an assumed object stands for the given one of its name
        views.setdefault(_source_of(view), {})[reference(view)] = view
    whole = [Node, DaemonSet, *(_JUDGED_WHOLE if given.of(NodePool) else ())]
    for name in (s.name for t in (*whole, Pod) for s in sources_of(t)):
        views.setdefault(name, {})
    if any(s.name in views for s in sources_of(STORAGE[0])):
        for name in (s.name for t in STORAGE for s in sources_of(t)):
            views.setdefault(name, {})
    known = {s.name for t in _JUDGED_WHOLE for s in sources_of(t)}
    return Snapshot(
        {name: Decoded(tuple(found.values())) for name, found in views.items()},
        now=now,
        origin=Origin(kind="manifests"),
        partial=[Partial(source=n, field_selector=IN_FILES) for n in views if n not in known],
        drafts=[w.ref for w in given.objects],
    )


def _source_of(view: KubernetesObject) -> str:
    source = kubernetes_source(view.api_version.rpartition("/")[0], view.kind)
    return source.name if source is not None else sources_of(type(view))[0].name


# ---- on top of a cluster ----------------------------------------------------


def on_top_of(
    base: Snapshot, given: Given, assumed: Iterable[Assumed], *, is_profile: bool
) -> Snapshot:
    """The cluster once the manifests are applied, and it has done what follows by itself.

    ``is_profile``: the cluster is a baseline, which lists no pods and no NodeClaims. Pods of a
    given workload are taken away: it makes them anew.
    """
    nothing_of: tuple[type[Any], ...] = (Pod, NodeClaim) if is_profile else ()
    extra = tuple(v for a in assumed for v in a.views)
    if extra:
        nothing_of = (*nothing_of, *STORAGE)
    start = base.drafting((), nothing_of=nothing_of, why=IN_FILES)
    there = _there(start, given)
    merged = [_merged(there.get(w.ref), w) for w in given.objects]
    infrastructure = [v for v in merged if not isinstance(v, Pod) and not _is_workload(v)]
    touched = tuple(v for v in infrastructure if not _same(there.get(reference(v)), v))
    settled = settle(Change.of(start, replaced=touched), start).after
    settled = settled.replacing(*_classless(base, settled, touched), *extra)
    workloads = [v for v in merged if _is_workload(v)]
    gone = [reference(p) for w in workloads for p in owned_pods(settled, reference(w))]
    pods = [v for v in merged if isinstance(v, Pod)]
    applied = settled.without(*gone).replacing(*workloads, *pods)
    return applied.drafting(w.ref for w in given.objects if w.ref not in there)


def _there(base: Snapshot, given: Given) -> dict[ObjectRef, Any]:
    """The objects of the cluster that manifests are given for."""
    wanted = {w.ref for w in given.objects}
    found: dict[ObjectRef, Any] = {}
    for type_ in {type(w.view) for w in given.objects}:
        found |= {ref: v for v in base.all(type_) if (ref := reference(v)) in wanted}
    return found


def _is_workload(view: Any) -> bool:
    return isinstance(view, Workload) and not isinstance(view, DaemonSet)


def _merged(old: Any, written: Written) -> Any:
    """The object as it is once applied: what the cluster keeps of the old one, it keeps."""
    view = written.view
    if not isinstance(old, KubernetesObject):
        return view
    meta = msgspec.structs.replace(
        view.metadata,
        uid=old.metadata.uid,
        creation_timestamp=old.metadata.creation_timestamp,
        labels={**old.metadata.labels, **view.metadata.labels},
        owner_references=view.metadata.owner_references or old.metadata.owner_references,
    )
    view = msgspec.structs.replace(view, metadata=meta)
    written_status = getattr(view, "status", None)
    if isinstance(view, Pod) or written_status != getattr(type(view)(), "status", None):
        return view
    return _with_status(view, getattr(old, "status", None))


def _with_status(view: Any, status: Any) -> Any:
    return msgspec.structs.replace(view, status=status) if hasattr(view, "status") else view


def _same(old: Any, view: KubernetesObject) -> bool:
    """Whether applying the object changes nothing that anybody acts on."""
    return old is not None and getattr(old, "spec", None) == getattr(view, "spec", None)


def _classless(base: Snapshot, settled: Snapshot, touched: Sequence[Any]) -> list[NodePool]:
    """Given NodePools whose NodeClass is not there, with what Karpenter says of that.

    https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/nodepool/readiness/controller.go
    """
    if not base.was_read(EC2NodeClass):
        return []
    missing = Condition(type="NodeClassReady", status="False", reason="NodeClassNotFound")
    status = NodePoolStatus(
        conditions=(missing, Condition(type="Ready", status="False", reason="NodeClassNotFound"))
    )
    pools = [settled.get(NodePool, v.metadata.name) for v in touched if isinstance(v, NodePool)]
    return [
        msgspec.structs.replace(pool, status=status)
        for pool in pools
        if pool is not None
        and pool.spec.template.spec.node_class_ref.kind == "EC2NodeClass"
        and settled.get(EC2NodeClass, pool.spec.template.spec.node_class_ref.name) is None
    ]

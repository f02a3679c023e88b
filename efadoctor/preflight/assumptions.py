"""What was not given and is taken for so, each with its source, its date and its replacement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from efadoctor.model.karpenter import EC2NodeClass, NodePool
from efadoctor.model.kubernetes import (
    DaemonSet,
    ObjectMeta,
    PersistentVolume,
    PersistentVolumeClaim,
    PersistentVolumeClaimSpec,
    PersistentVolumeClaimStatus,
    Pod,
    StorageClass,
)
from efadoctor.model.reference import ObjectRef, reference
from efadoctor.model.report import Assumption
from efadoctor.model.snapshot import Snapshot
from efadoctor.preflight.defaults import default_plugin
from efadoctor.preflight.written import Given
from efadoctor.scheduling.devices import Device, is_plugin_for
from efadoctor.scheduling.instance_types import table_date
from efadoctor.scheduling.karpenter.vocabulary import AUTO_MODE_GROUP
from efadoctor.scheduling.storage import BIND_COMPLETED, claims_of

A_BASE = "--live, --bundle PATH or --baseline FILE"


class Assumed(msgspec.Struct, frozen=True, kw_only=True):
    """One assumption, and the objects that it adds."""

    said: Assumption
    views: tuple[Any, ...] = ()


def refs(assumed: Iterable[Assumed]) -> frozenset[ObjectRef]:
    """The objects that were assumed."""
    return frozenset(reference(v) for a in assumed for v in a.views)


def plugins(given: Given, devices: Iterable[Device]) -> Iterator[Assumed]:
    """The device plugins that the pods need and nobody gave, as their vendors ship them."""
    written = [w.view for w in given.of(DaemonSet)]
    for device in sorted(devices, key=lambda d: d.value):
        if any(isinstance(d, DaemonSet) and is_plugin_for(d, device) for d in written):
            continue
        default = default_plugin(device)
        yield Assumed(
            said=Assumption(
                what=f"the plugin for {device.value} is {default.name}",
                dated=default.dated,
                instead=f"give the manifest of its DaemonSet, or {A_BASE}",
            ),
            views=(default.daemonset,),
        )


def node_classes(given: Given) -> Iterator[Assumed]:
    """The EC2NodeClasses that NodePools name and nobody gave."""
    known = {w.ref.name for w in given.of(EC2NodeClass)}
    for written in given.of(NodePool):
        pool = written.view
        if not isinstance(pool, NodePool):
            continue
        named = pool.spec.template.spec.node_class_ref
        if not named.name or named.name in known or named.group == AUTO_MODE_GROUP:
            continue
        known.add(named.name)
        made = EC2NodeClass(
            api_version="karpenter.k8s.aws/v1",
            kind="EC2NodeClass",
            metadata=ObjectMeta(name=named.name),
        )
        yield Assumed(
            said=Assumption(
                what=f"EC2NodeClass {named.name}, which NodePool {pool.metadata.name} names, is "
                "ready and launches in every zone",
                instead=f"give its manifest, or {A_BASE}",
            ),
            views=(made,),
        )


def pools(given: Given) -> Iterator[Assumed]:
    """What is taken for granted of given NodePools, and of there being no others."""
    names = [w.ref.name for w in given.of(NodePool)]
    if not names:
        return
    yield Assumed(
        said=Assumption(
            what=f"NodePools {', '.join(names)} are all there are, ready and below their limits"
            if len(names) > 1
            else f"NodePool {names[0]} is the only one, ready and below its limits",
            instead=A_BASE,
        )
    )
    yield Assumed(
        said=Assumption(
            what="instance types are those of the table inside efadoctor, and every zone offers "
            "them",
            dated=table_date(),
            instead=A_BASE,
        )
    )


def idle(profile: Snapshot) -> Assumed:
    """That the nodes of a baseline are free: it does not say what runs there."""
    return Assumed(
        said=Assumption(
            what="the nodes of the baseline are there, and nothing else runs on them",
            dated=profile.origin.captured_at or "",
            instead="--live or --bundle PATH",
        )
    )


def claims(base: Snapshot | None, given: Given, pods: Iterable[Pod]) -> Iterator[Assumed]:
    """Volume claims that pods use, where no cluster was read that could say how they are."""
    if base is not None and base.was_read(PersistentVolumeClaim):
        return
    written = {
        (w.ref.namespace, w.ref.name): w.view
        for w in given.of(PersistentVolumeClaim)
        if isinstance(w.view, PersistentVolumeClaim)
    }
    seen: set[tuple[str, str]] = set()
    for pod in pods:
        for use in claims_of(pod):
            key = (pod.metadata.namespace, use.claim)
            if use.ephemeral or key in seen:
                continue
            seen.add(key)
            yield _claim(*key, written.get(key))


def _claim(namespace: str, name: str, written: PersistentVolumeClaim | None) -> Assumed:
    volume = f"assumed-{name}"
    bound = {BIND_COMPLETED: "yes"}
    claim = written or PersistentVolumeClaim(
        api_version="v1",
        kind="PersistentVolumeClaim",
        metadata=ObjectMeta(name=name, namespace=namespace),
        spec=PersistentVolumeClaimSpec(),
    )
    claim = msgspec.structs.replace(
        claim,
        metadata=msgspec.structs.replace(
            claim.metadata, annotations={**claim.metadata.annotations, **bound}
        ),
        spec=msgspec.structs.replace(claim.spec, volume_name=claim.spec.volume_name or volume),
        status=PersistentVolumeClaimStatus(phase="Bound"),
    )
    made = PersistentVolume(
        api_version="v1",
        kind="PersistentVolume",
        metadata=ObjectMeta(name=claim.spec.volume_name),
    )
    return Assumed(
        said=Assumption(
            what=f"claim {namespace}/{name} is bound to a volume that every zone reaches",
            instead="--live or --bundle PATH",
        ),
        views=(claim, made),
    )


STORAGE = (PersistentVolumeClaim, PersistentVolume, StorageClass)
"""The types that must count as read once claims are assumed."""

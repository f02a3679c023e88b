"""Where a pod's volumes let it be, and whether they can be used at all.

A bound claim's volume names its zone by node affinity, an unbound one's StorageClass by
allowed topologies. Terms are alternatives, so a pod with several volumes has the
combinations of theirs, of which Karpenter tries one after the other.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/scheduling/volumetopology.go
"""

from collections.abc import Iterator
from itertools import islice

import msgspec

from efadoctor.model.kubernetes import (
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    StorageClass,
    Volume,
)
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.karpenter.blockers import VolumeUnusable
from efadoctor.scheduling.karpenter.wants import alternatives
from efadoctor.scheduling.names import HOSTNAME
from efadoctor.scheduling.requirements import Requirement, Requirements

BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
_IMMEDIATE = "Immediate"
_MOST_ALTERNATIVES = 256


class Whereabouts(msgspec.Struct, frozen=True):
    """One combination of places in which all volumes of the pod can be."""

    requirements: Requirements = Requirements()
    claims: tuple[str, ...] = ()


def unusable_volumes(snapshot: Snapshot, pod: Pod) -> tuple[VolumeUnusable, ...]:
    """The claims for which Karpenter launches nothing; empty for kinds that were not read.

    Each once, however many volumes of the pod name it.
    """
    found = (_unusable(snapshot, pod, volume) for volume in pod.spec.volumes)
    return tuple(dict.fromkeys(u for u in found if u is not None))


def whereabouts(snapshot: Snapshot, pod: Pod) -> tuple[Whereabouts, ...]:
    """The combinations of places for the pod's volumes; one free one where none binds it.

    Combinations that contradict themselves are left out, unless all do.
    """
    combined: tuple[Whereabouts, ...] = (Whereabouts(),)
    for volume in pod.spec.volumes:
        name = claim_name(pod, volume)
        places = _places(snapshot, pod.metadata.namespace, name) if name else ()
        if places:
            every = tuple(islice(_combinations(combined, places, name), _MOST_ALTERNATIVES))
            combined = tuple(w for w, agree in every if agree) or tuple(w for w, _ in every)
    return combined


def claim_name(pod: Pod, volume: Volume) -> str:
    """The claim behind a volume, "" where there is none."""
    if volume.persistent_volume_claim is not None:
        return volume.persistent_volume_claim.claim_name
    if volume.ephemeral is not None:
        return f"{pod.metadata.name}-{volume.name}"
    return ""


def _combinations(
    known: tuple[Whereabouts, ...], places: tuple[Requirements, ...], claim: str
) -> Iterator[tuple[Whereabouts, bool]]:
    for where in known:
        for place in places:
            merged = Whereabouts(where.requirements.plus(place), (*where.claims, claim))
            yield merged, where.requirements.intersects(place)


def _places(snapshot: Snapshot, namespace: str, name: str) -> tuple[Requirements, ...]:
    claim = snapshot.get(PersistentVolumeClaim, name, namespace)
    if claim is None:
        return ()
    if claim.spec.volume_name:
        volume = snapshot.get(PersistentVolume, claim.spec.volume_name)
        return _of_volume(volume) if volume is not None else ()
    storage = snapshot.get(StorageClass, claim.spec.storage_class_name or "")
    terms = storage.allowed_topologies if storage is not None else ()
    return tuple(
        Requirements(Requirement.of(e.key, "In", e.values) for e in t.match_label_expressions)
        for t in terms
        if t.match_label_expressions
    )


def _of_volume(volume: PersistentVolume) -> tuple[Requirements, ...]:
    """The terms of a volume's node affinity. A local volume's hostname does not bind a pod."""
    affinity = volume.spec.node_affinity
    places = alternatives(affinity.required if affinity is not None else None)
    if volume.spec.local is None and volume.spec.host_path is None:
        return places
    return tuple(Requirements(r for r in place if r.key != HOSTNAME) for place in places)


def _unusable(snapshot: Snapshot, pod: Pod, volume: Volume) -> VolumeUnusable | None:
    name = claim_name(pod, volume)
    if not name:
        return None
    claim = snapshot.get(PersistentVolumeClaim, name, pod.metadata.namespace)
    if claim is None:
        if not snapshot.was_read_whole(PersistentVolumeClaim):
            return None
        reason = (
            f'getting persistent volume claim, PersistentVolumeClaim "{name}" not found'
            f" (PersistentVolumeClaim={name})"
        )
    else:
        reason = _reason(snapshot, claim)
    return VolumeUnusable(claim=name, reason=reason) if reason else None


def _reason(snapshot: Snapshot, claim: PersistentVolumeClaim) -> str:
    """Why a claim cannot be used, in Karpenter's words; "" where it can."""
    named = f"PersistentVolumeClaim={claim.metadata.namespace}/{claim.metadata.name}"
    volume, storage = claim.spec.volume_name, claim.spec.storage_class_name or ""
    if claim.metadata.deletion_timestamp:
        return f"persistentvolumeclaim is being deleted ({named})"
    if claim.status.phase == "Lost":
        lost = "persistentvolumeclaim bound to non-existent persistentvolume"
        return f"{lost} (PersistentVolume={volume}, {named})"
    if volume:
        where = f"PersistentVolume={volume}, {named}, StorageClass={storage}"
        if problem := _volume_problem(snapshot, volume):
            return f"failed to validate pvc, {problem} ({where})"
        if BIND_COMPLETED not in claim.metadata.annotations:
            unbound = "pvc is considered unbound because it does not contain annotation"
            own = f"PersistentVolumeClaim={claim.metadata.name}"
            return f"{unbound} (PersistentVolume={volume}, {own}, annotation={BIND_COMPLETED})"
        return ""
    where = f"{named}, StorageClass={storage}"
    if not storage:
        return f"unbound pvc must define a storage class ({where})"
    found = snapshot.get(StorageClass, storage)
    if found is None:
        if not snapshot.was_read_whole(StorageClass):
            return ""
        missing = f'StorageClass.storage.k8s.io "{storage}" not found'
        return f"failed to validate pvc, failed to get storage class, {missing} ({where})"
    if found.volume_binding_mode == _IMMEDIATE:
        immediate = "pvc with immediate volume binding mode must be bound"
        return f"failed to validate pvc, {immediate} ({where})"
    return ""


def _volume_problem(snapshot: Snapshot, name: str) -> str:
    volume = snapshot.get(PersistentVolume, name)
    if volume is None:
        whole = snapshot.was_read_whole(PersistentVolume)
        return f'PersistentVolume "{name}" not found' if whole else ""
    return "persistentvolume is being deleted" if volume.metadata.deletion_timestamp else ""

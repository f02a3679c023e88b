"""The claims of a pod's volumes: what keeps one from being used, and where its volume can be.

https://kubernetes.io/docs/concepts/storage/persistent-volumes/ ,
https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from efadoctor.authoring import Case, ObjectRef, Snapshot
from efadoctor.model.kubernetes import (
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    StorageClass,
)
from efadoctor.scheduling import storage
from efadoctor.scheduling.spelling import nearest
from efadoctor.scheduling.storage import ClaimUse

ONE_POD = "ReadWriteOncePod"


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why a claim cannot be used by any node: a sentence, and the field of the claim behind it.

    ``missing``: the claim itself is not there; ``near`` is then the claim that is nearly so
    called, else the storage class that is. ``settles``: it may just have been made.
    """

    use: ClaimUse
    sentence: str
    field: str
    value: Any = None
    missing: bool = False
    near: str | None = None
    settles: bool = False


def reference_of(pod: Pod, use: ClaimUse) -> ObjectRef:
    """The claim, whether it is there or not."""
    return ObjectRef("v1", "PersistentVolumeClaim", pod.metadata.namespace, use.claim)


def troubles(case: Case) -> Iterator[Trouble]:
    """What is amiss with each claim of the pod."""
    for use in storage.claims_of(case.pod):
        found = _trouble(case, use)
        if found is not None:
            yield found


def _trouble(case: Case, use: ClaimUse) -> Trouble | None:
    snapshot, pod = case.snapshot, case.pod
    claim = storage.find_claim(snapshot, pod, use)
    if claim is None:
        return _missing(snapshot, pod, use)
    if claim.status.phase == "Lost":
        said = f"it is bound to volume {claim.spec.volume_name}, which is gone"
        return Trouble(use=use, sentence=said, field="status.phase", value="Lost")
    if claim.metadata.deletion_timestamp is not None:
        at = "metadata.deletionTimestamp"
        said = "it is being deleted"
        return Trouble(use=use, sentence=said, field=at, value=claim.metadata.deletion_timestamp)
    if claim.spec.volume_name and _lacks_volume(snapshot, claim):
        said = f"its volume {claim.spec.volume_name} does not exist"
        name = claim.spec.volume_name
        return Trouble(use=use, sentence=said, field="spec.volumeName", value=name)
    if storage.is_bound(claim):
        return _in_use(case, claim, use)
    return _unbound(snapshot, claim, use)


def _missing(snapshot: Snapshot, pod: Pod, use: ClaimUse) -> Trouble | None:
    if not snapshot.was_read_whole(PersistentVolumeClaim):
        return None
    own = pod.metadata.namespace
    everywhere = snapshot.all(PersistentVolumeClaim)
    here = [c.metadata.name for c in everywhere if c.metadata.namespace == own]
    elsewhere = [c.metadata.namespace for c in everywhere if c.metadata.name == use.claim]
    where = f" (there is one in {elsewhere[0]})" if elsewhere else ""
    return Trouble(
        use=use,
        sentence=f"it does not exist in namespace {own}{where}",
        field="metadata.name",
        missing=True,
        near=None if use.ephemeral else nearest(use.claim, here),
        settles=use.ephemeral,
    )


def _lacks_volume(snapshot: Snapshot, claim: PersistentVolumeClaim) -> bool:
    whole = snapshot.was_read_whole(PersistentVolume)
    return whole and snapshot.get(PersistentVolume, claim.spec.volume_name) is None


def _in_use(case: Case, claim: PersistentVolumeClaim, use: ClaimUse) -> Trouble | None:
    """A volume that one pod at a time may use, and another uses."""
    if ONE_POD not in claim.spec.access_modes:
        return None
    for pod in case.snapshot.all(Pod):
        same = pod.metadata.namespace == case.pod.metadata.namespace
        if not same or not pod.spec.node_name or pod.metadata.name == case.pod.metadata.name:
            continue
        if any(u.claim == use.claim for u in storage.claims_of(pod)):
            said = f"one pod at a time may use it, and pod {pod.metadata.name} does"
            modes = list(claim.spec.access_modes)
            return Trouble(use=use, sentence=said, field="spec.accessModes", value=modes)
    return None


def _unbound(snapshot: Snapshot, claim: PersistentVolumeClaim, use: ClaimUse) -> Trouble | None:
    if storage.waits_for_consumer(snapshot, claim) and not claim.spec.volume_name:
        return None
    name = storage.class_of(claim)
    at = "spec.storageClassName"
    found = snapshot.get(StorageClass, name)
    if name and found is None and snapshot.was_read_whole(StorageClass):
        known = [s.metadata.name for s in snapshot.all(StorageClass)]
        said = f"its storage class {name} does not exist"
        return Trouble(use=use, sentence=said, field=at, value=name, near=nearest(name, known))
    if not name:
        said = "it has no storage class, and no volume was made for it by hand"
        return Trouble(use=use, sentence=said, field=at)
    said = f"it is not bound, and its class {name} binds before a pod is scheduled"
    return Trouble(
        use=use, sentence=said, field="status.phase", value=claim.status.phase, settles=True
    )


# ---- where volumes are ------------------------------------------------------

ZONE_KEYS = (
    "topology.kubernetes.io/zone",
    "topology.ebs.csi.aws.com/zone",
    "failure-domain.beta.kubernetes.io/zone",
)


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A claim whose volume can only be in some zones, and the field that says so."""

    use: ClaimUse
    zones: frozenset[str]
    object: ObjectRef
    field: str
    value: Any


def placed(case: Case) -> Iterator[Placed]:
    """The pod's claims that are bound to zones."""
    for use in storage.claims_of(case.pod):
        claim = storage.find_claim(case.snapshot, case.pod, use)
        if claim is None:
            continue
        volume = case.snapshot.get(PersistentVolume, claim.spec.volume_name)
        found = _of_volume(use, volume) if volume is not None else _of_class(case, claim, use)
        if found is not None:
            yield found


def _of_volume(use: ClaimUse, volume: PersistentVolume) -> Placed | None:
    required = storage.required_of(volume)
    terms = required.node_selector_terms if required is not None else ()
    zones = {
        value
        for term in terms
        for e in term.match_expressions
        if e.key in ZONE_KEYS and e.operator == "In"
        for value in e.values
    }
    ref = ObjectRef("v1", "PersistentVolume", "", volume.metadata.name)
    if zones:
        field = "spec.nodeAffinity.required.nodeSelectorTerms"
        return Placed(use=use, zones=frozenset(zones), object=ref, field=field, value=terms)
    label = next((k for k in ZONE_KEYS if k in volume.metadata.labels), None)
    if label is None:
        return None
    value = volume.metadata.labels[label]
    named = frozenset(value.split("__"))
    field = f'metadata.labels["{label}"]'
    return Placed(use=use, zones=named, object=ref, field=field, value=value)


def _of_class(case: Case, claim: PersistentVolumeClaim, use: ClaimUse) -> Placed | None:
    found = case.snapshot.get(StorageClass, storage.class_of(claim))
    terms = found.allowed_topologies if found is not None else ()
    zones = {
        value
        for term in terms
        for e in term.match_label_expressions
        if e.key in ZONE_KEYS
        for value in e.values
    }
    if found is None or not zones:
        return None
    ref = ObjectRef("storage.k8s.io/v1", "StorageClass", "", found.metadata.name)
    return Placed(
        use=use, zones=frozenset(zones), object=ref, field="allowedTopologies", value=terms
    )

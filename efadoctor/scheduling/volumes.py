"""Volumes in use, and volumes to be had.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/component-helpers/storage/volume/pv_helpers.go
(FindMatchingVolume)
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/volumebinding/binder.go
(hasEnoughCapacity)
"""

from collections.abc import Collection, Mapping

from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.kubernetes import (
    ClaimReference,
    CSIDriver,
    CSIStorageCapacity,
    PersistentVolume,
    PersistentVolumeClaim,
    StorageClass,
)
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.structs import Quantity
from efadoctor.scheduling import selectors, storage
from efadoctor.scheduling.index import ClusterIndex
from efadoctor.scheduling.quantity import amount
from efadoctor.scheduling.selectors import Labels

STORAGE = "storage"
FILESYSTEM = "Filesystem"


# ---- in use -----------------------------------------------------------------


def used_claims(index: ClusterIndex) -> frozenset[tuple[str, str]]:
    """Namespace and name of every claim that a bound pod mounts."""
    return index.once(_used_claims)


def disks_by_node(index: ClusterIndex) -> Mapping[str, frozenset[str]]:
    """The ids of the EBS volumes that bound pods mount inline, by node."""
    return index.once(_disks_by_node)


def _used_claims(index: ClusterIndex) -> frozenset[tuple[str, str]]:
    return frozenset(
        (index.namespace_of(row), volume.persistent_volume_claim.claim_name)
        for state in index.nodes.values()
        for row in state.rows
        for volume in index.volumes(row)
        if volume.persistent_volume_claim is not None
    )


def _disks_by_node(index: ClusterIndex) -> dict[str, frozenset[str]]:
    return {
        state.name: frozenset(
            volume.aws_elastic_block_store.volume_id
            for row in state.rows
            for volume in index.volumes(row)
            if volume.aws_elastic_block_store is not None
        )
        for state in index.nodes.values()
    }


# ---- to be had --------------------------------------------------------------


def size_of(claim: PersistentVolumeClaim) -> int:
    """The bytes that a claim asks for; 0 where it says nothing sensible."""
    return _bytes(claim.spec.resources.requests)


def find_volume(
    snapshot: Snapshot, claim: PersistentVolumeClaim, labels: Labels, taken: Collection[str]
) -> PersistentVolume | None:
    """The volume that the scheduler would bind to a claim on a node with these labels.

    One that is bound to the claim already wins; else the smallest that fits.
    """
    best: PersistentVolume | None = None
    for volume in snapshot.all(PersistentVolume):
        if storage.class_of_volume(volume) != storage.class_of(claim):
            continue
        if volume.metadata.name in taken or not _could_hold(volume, claim):
            continue
        reachable = storage.volume_allows(storage.required_of(volume), labels)
        if volume.spec.claim_ref is not None:
            return volume if reachable else None
        if not (reachable and _is_free_for(volume, claim)):
            continue
        if best is None or _capacity(volume) < _capacity(best):
            best = volume
    return best


def _could_hold(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    """Whether the volume is not another's, not too small, not of another mode, not going."""
    asked, offered = claim.spec, volume.spec
    return (
        (offered.claim_ref is None or _is_bound_to(offered.claim_ref, claim))
        and _capacity(volume) >= size_of(claim)
        and (asked.volume_mode or FILESYSTEM) == (offered.volume_mode or FILESYSTEM)
        and (asked.volume_attributes_class_name or "")
        == (offered.volume_attributes_class_name or "")
        and volume.metadata.deletion_timestamp is None
    )


def _is_bound_to(reference: ClaimReference, claim: PersistentVolumeClaim) -> bool:
    meta = claim.metadata
    return (reference.namespace, reference.name) == (meta.namespace, meta.name) and (
        reference.uid in ("", meta.uid)
    )


def _is_free_for(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    selector = claim.spec.selector
    return (
        volume.status.phase == "Available"
        and (selector is None or selectors.matches(selector, volume.metadata.labels))
        and set(claim.spec.access_modes) <= set(volume.spec.access_modes)
    )


def has_room(
    snapshot: Snapshot, storage_class: StorageClass, claim: PersistentVolumeClaim, labels: Labels
) -> bool:
    """Whether the class's driver can make the volume there, where it publishes its capacity."""
    driver = snapshot.get(CSIDriver, storage_class.provisioner)
    if driver is None or not driver.spec.storage_capacity:
        return True
    return STORAGE not in claim.spec.resources.requests or any(
        capacity.storage_class_name == storage_class.metadata.name
        and _limit(capacity) >= size_of(claim)
        and selectors.matches(capacity.node_topology, labels)
        for capacity in snapshot.all(CSIStorageCapacity)
    )


def _limit(capacity: CSIStorageCapacity) -> int:
    found = capacity.maximum_volume_size
    found = capacity.capacity if found is None else found
    return -1 if found is None else _bytes({STORAGE: found})


def _capacity(volume: PersistentVolume) -> int:
    return _bytes(volume.spec.capacity)


def _bytes(quantities: Mapping[str, Quantity]) -> int:
    try:
        return amount(STORAGE, quantities.get(STORAGE, 0))
    except InvalidQuantityError:  # the API server stores none; a manifest may hold one
        return 0

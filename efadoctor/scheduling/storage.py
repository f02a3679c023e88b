"""Claims, volumes and classes as the four volume plugins look them up.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/component-helpers/storage/volume/pv_helpers.go
https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/component-helpers/storage/ephemeral/ephemeral.go
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from efadoctor.model.kubernetes import (
    NodeSelector,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    StorageClass,
)
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.refusals import Plugin, VolumeRefusal
from efadoctor.scheduling.selectors import Labels, node_selector_matches

BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
NO_PROVISIONER = "kubernetes.io/no-provisioner"
WAIT_FOR_FIRST_CONSUMER = "WaitForFirstConsumer"


class ClaimUse(msgspec.Struct, frozen=True):
    """A volume of a pod that is a claim: its own, or one made for it (``ephemeral``)."""

    volume: str
    claim: str
    ephemeral: bool = False


def claims_of(pod: Pod) -> Iterator[ClaimUse]:
    """The claims of a pod's volumes, in their order."""
    for volume in pod.spec.volumes:
        if volume.persistent_volume_claim is not None:
            yield ClaimUse(volume.name, volume.persistent_volume_claim.claim_name)
        elif volume.ephemeral is not None:
            name = f"{pod.metadata.name}-{volume.name}"
            yield ClaimUse(volume.name, name, ephemeral=True)


def unread(snapshot: Snapshot, pod: Pod) -> tuple[type[Any], ...]:
    """The types that judging a pod's claims needs and nobody read."""
    if next(claims_of(pod), None) is None:
        return ()
    needed = (PersistentVolumeClaim, PersistentVolume, StorageClass)
    return tuple(type_ for type_ in needed if not snapshot.was_read(type_))


def refusal(
    plugin: Plugin, reason: str, use: ClaimUse | None = None, *, unresolvable: bool = True
) -> VolumeRefusal:
    """A refusal because of one volume of the pod."""
    return VolumeRefusal(
        plugin=plugin,
        reason=reason,
        unresolvable=unresolvable,
        claim=use.claim if use else "",
        volume=use.volume if use else "",
    )


def not_found(kind: str, name: str) -> str:
    """The text of a missing object, as in ``persistentvolumeclaim "data" not found``."""
    return f'{kind} "{name}" not found'


def find_claim(snapshot: Snapshot, pod: Pod, use: ClaimUse) -> PersistentVolumeClaim | None:
    """The claim that a volume names, None where there is none."""
    return snapshot.get(PersistentVolumeClaim, use.claim, pod.metadata.namespace)


def class_of(claim: PersistentVolumeClaim) -> str:
    """The name of a claim's storage class, "" where it has none."""
    name = claim.spec.storage_class_name or ""
    return claim.metadata.annotations.get(BETA_CLASS, name)


def class_of_volume(volume: PersistentVolume) -> str:
    """The name of a volume's storage class, "" where it has none."""
    return volume.metadata.annotations.get(BETA_CLASS, volume.spec.storage_class_name)


def waits_for_consumer(snapshot: Snapshot, claim: PersistentVolumeClaim) -> bool:
    """Whether a claim is bound only once a pod that uses it is scheduled."""
    found = snapshot.get(StorageClass, class_of(claim))
    return found is not None and found.volume_binding_mode == WAIT_FOR_FIRST_CONSUMER


def is_bound(claim: PersistentVolumeClaim) -> bool:
    """Whether a claim has its volume, and the controller has finished binding them.

    The scheduler looks for the annotation. The controller sets it before it calls a claim
    ``Bound`` (kubernetes pkg/controller/volume/persistentvolume), so a claim that is called
    so and has none has lost its annotations to what wrote it down.
    """
    done = BIND_COMPLETED in claim.metadata.annotations or claim.status.phase == "Bound"
    return bool(claim.spec.volume_name) and done


def is_made_for(claim: PersistentVolumeClaim, pod: Pod) -> bool:
    """Whether an ephemeral volume's claim belongs to this pod."""
    owners = claim.metadata.owner_references
    return any(o.controller and o.uid == pod.metadata.uid for o in owners)


def volume_allows(affinity: NodeSelector | None, labels: Labels) -> bool:
    """Whether a volume's node affinity admits a node with these labels."""
    return affinity is None or node_selector_matches(affinity, labels, "")


def required_of(volume: PersistentVolume) -> NodeSelector | None:
    """The node selector that a volume requires, None where it is reachable from anywhere."""
    return volume.spec.node_affinity.required if volume.spec.node_affinity else None

"""VolumeZone: a bound volume's zone labels must agree with the node's.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/volumezone/volume_zone.go
"""

from collections.abc import Hashable, Iterator

import msgspec

from efadoctor.model.kubernetes import PersistentVolume, StorageClass
from efadoctor.scheduling import storage
from efadoctor.scheduling.filters.plugin import SKIP, Incoming, Prepared, projected
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.refusals import Plugin, Refusal
from efadoctor.scheduling.storage import ClaimUse

REASON = "node(s) had no available volume zone"
REASON_NO_CLASS = "PersistentVolumeClaim had no pv name and storageClass name"
REASON_UNBOUND = "PersistentVolume had no name"

ZONE, REGION = "topology.kubernetes.io/zone", "topology.kubernetes.io/region"
OLD_ZONE = "failure-domain.beta.kubernetes.io/zone"
OLD_REGION = "failure-domain.beta.kubernetes.io/region"
LABELS = (OLD_ZONE, OLD_REGION, ZONE, REGION)
RENAMED = {OLD_ZONE: ZONE, OLD_REGION: REGION}
SEPARATOR = "__"
"""Between the zones in the label of a volume that is reachable from several."""


class Topology(msgspec.Struct, frozen=True):
    """A zone or region label of a claim's volume, and the values it allows."""

    use: ClaimUse
    key: str
    values: frozenset[str]


class VolumeZone(msgspec.Struct, frozen=True):
    topologies: tuple[Topology, ...]

    def sees(self, state: NodeState) -> Hashable:
        return projected(state.node, LABELS)

    def refusals(self, state: NodeState) -> tuple[Refusal, ...]:
        labels = state.labels
        if not any(key in labels for key in LABELS):
            return ()
        return tuple(
            storage.refusal(Plugin.VOLUME_ZONE, REASON, topology.use)
            for topology in self.topologies
            if labels.get(topology.key, labels.get(RENAMED.get(topology.key, topology.key)))
            not in topology.values
        )


def prepare(incoming: Incoming) -> Prepared:
    if unread := storage.unread(incoming.snapshot, incoming.pod):
        return Prepared(unread=unread)
    found: list[Topology] = []
    for use in storage.claims_of(incoming.pod):
        if use.ephemeral:
            continue
        volume = _volume(incoming, use)
        if isinstance(volume, str):
            return Prepared(rejection=storage.refusal(Plugin.VOLUME_ZONE, volume, use))
        if volume is not None:
            found.extend(_topologies(use, volume))
    return Prepared(VolumeZone(tuple(found))) if found else SKIP


def _volume(incoming: Incoming, use: ClaimUse) -> PersistentVolume | str | None:
    """The volume of a claim, None while it may still be chosen, or why there is none."""
    snapshot = incoming.snapshot
    claim = storage.find_claim(snapshot, incoming.pod, use)
    if claim is None:
        return storage.not_found("persistentvolumeclaim", use.claim)
    name = claim.spec.volume_name
    if name:
        found = snapshot.get(PersistentVolume, name)
        return found or storage.not_found("persistentvolume", name)
    class_name = storage.class_of(claim)
    if not class_name:
        return REASON_NO_CLASS
    if snapshot.get(StorageClass, class_name) is None:
        return storage.not_found("storageclass.storage.k8s.io", class_name)
    return None if storage.waits_for_consumer(snapshot, claim) else REASON_UNBOUND


def _topologies(use: ClaimUse, volume: PersistentVolume) -> Iterator[Topology]:
    for key in LABELS:
        label = volume.metadata.labels.get(key)
        if label is None:
            continue
        values = frozenset(zone.strip() for zone in label.split(SEPARATOR))
        if "" not in values:
            yield Topology(use, key, values)

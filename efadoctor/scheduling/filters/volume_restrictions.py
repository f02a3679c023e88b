"""VolumeRestrictions: a disk that one pod at a time may use, and ReadWriteOncePod claims.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go
Of the in-tree disks only EBS is looked at: EFA does not leave EC2.
"""

from collections.abc import Hashable

import msgspec

from efadoctor.scheduling import storage
from efadoctor.scheduling.filters.plugin import SKIP, Incoming, Prepared
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.refusals import Plugin, Refusal
from efadoctor.scheduling.storage import ClaimUse
from efadoctor.scheduling.volumes import disks_by_node, used_claims

REASON_DISK = "node(s) had no available disk"
REASON_IN_USE = (
    "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode "
    "already in-use by another pod"
)
ONE_POD = "ReadWriteOncePod"


class VolumeRestrictions(msgspec.Struct, frozen=True):
    """``disks``: the pod's EBS volumes (volume name, id); ``in_use``: its taken claims."""

    incoming: Incoming
    disks: tuple[tuple[str, str], ...]
    in_use: tuple[ClaimUse, ...]

    def sees(self, state: NodeState) -> Hashable:
        if not self.disks:
            return None
        return disks_by_node(self.incoming.index).get(state.name)

    def refusals(self, state: NodeState) -> tuple[Refusal, ...]:
        plugin = Plugin.VOLUME_RESTRICTIONS
        taken = disks_by_node(self.incoming.index).get(state.name, frozenset())
        conflicts = [
            storage.refusal(plugin, REASON_DISK, ClaimUse(name, ""), unresolvable=False)
            for name, disk in self.disks
            if disk in taken
        ]
        others = [
            storage.refusal(plugin, REASON_IN_USE, use, unresolvable=False) for use in self.in_use
        ]
        return (*conflicts, *others)


def prepare(incoming: Incoming) -> Prepared:
    if unread := storage.unread(incoming.snapshot, incoming.pod):
        return Prepared(unread=unread)
    pod, snapshot = incoming.pod, incoming.snapshot
    exclusive: list[ClaimUse] = []
    for use in storage.claims_of(pod):
        if use.ephemeral:
            continue
        claim = storage.find_claim(snapshot, pod, use)
        if claim is None:
            text = storage.not_found("persistentvolumeclaim", use.claim)
            return Prepared(rejection=storage.refusal(Plugin.VOLUME_RESTRICTIONS, text, use))
        if ONE_POD in claim.spec.access_modes:
            exclusive.append(use)
    used = used_claims(incoming.index) if exclusive else frozenset()
    in_use = tuple(use for use in exclusive if (incoming.namespace, use.claim) in used)
    disks = tuple(
        (volume.name, volume.aws_elastic_block_store.volume_id)
        for volume in pod.spec.volumes
        if volume.aws_elastic_block_store is not None
    )
    return Prepared(VolumeRestrictions(incoming, disks, in_use)) if disks or in_use else SKIP

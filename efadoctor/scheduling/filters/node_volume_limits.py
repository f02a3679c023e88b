"""NodeVolumeLimits: a CSI driver attaches only so many volumes to a node.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/nodevolumelimits/csi.go
"""

from collections.abc import Hashable, Iterator, Mapping

import msgspec

from efadoctor.model.kubernetes import (
    CSINode,
    PersistentVolume,
    PersistentVolumeClaim,
    StorageClass,
    VolumeAttachment,
)
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling import storage
from efadoctor.scheduling.filters.plugin import SKIP, Incoming, Prepared
from efadoctor.scheduling.index import ClusterIndex
from efadoctor.scheduling.migration import EBS_DRIVER, EBS_PLUGIN, ebs_handle
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.refusals import Plugin, Refusal
from efadoctor.scheduling.storage import ClaimUse

REASON = "node(s) exceed max volume count"

Attached = tuple[str, str]
"""A driver and the handle by which it knows a volume."""


class NodeVolumeLimits(msgspec.Struct, frozen=True):
    """The volumes that the pod would attach, with the use that names each."""

    incoming: Incoming
    wanted: Mapping[Attached, ClaimUse]

    def sees(self, state: NodeState) -> Hashable:
        return state.name if self._limits(state) else None

    def refusals(self, state: NodeState) -> tuple[Refusal, ...]:
        limits = self._limits(state)
        if not limits:
            return ()
        by_pods = set(_attached_by_pods(self.incoming.index, state))
        held = by_pods | _attachments(self.incoming.snapshot, state.name)
        found: list[Refusal] = []
        for driver, limit in limits.items():
            new = [v for v in self.wanted if v[0] == driver and v not in by_pods]
            if new and sum(1 for v in held if v[0] == driver) + len(new) > limit:
                use = self.wanted[new[0]]
                found.append(
                    storage.refusal(Plugin.NODE_VOLUME_LIMITS, REASON, use, unresolvable=False)
                )
        return tuple(found)

    def _limits(self, state: NodeState) -> dict[str, int]:
        """The limits of the drivers that the pod needs, as the node's CSINode gives them."""
        csi_node = self.incoming.snapshot.get(CSINode, state.name)
        drivers = {driver for driver, _ in self.wanted}
        return {
            d.name: d.allocatable.count
            for d in (csi_node.spec.drivers if csi_node else ())
            if d.name in drivers and d.allocatable is not None and d.allocatable.count is not None
        }


def prepare(incoming: Incoming) -> Prepared:
    if unread := storage.unread(incoming.snapshot, incoming.pod):
        return Prepared(unread=unread)
    wanted: dict[Attached, ClaimUse] = {}
    for use in storage.claims_of(incoming.pod):
        claim = storage.find_claim(incoming.snapshot, incoming.pod, use)
        if claim is not None:
            wanted.update((volume, use) for volume in _volume_of(incoming.snapshot, claim))
    for volume in incoming.pod.spec.volumes:
        if volume.aws_elastic_block_store is not None:
            handle = ebs_handle(volume.aws_elastic_block_store.volume_id)
            wanted[EBS_DRIVER, handle] = ClaimUse(volume.name, "")
    return Prepared(NodeVolumeLimits(incoming, wanted)) if wanted else SKIP


def _volume_of(snapshot: Snapshot, claim: PersistentVolumeClaim) -> Iterator[Attached]:
    """The volume of a claim as its driver knows it; nothing for a volume of no CSI driver."""
    volume = snapshot.get(PersistentVolume, claim.spec.volume_name)
    if volume is None:
        yield from _volume_to_be(snapshot, claim)
    elif volume.spec.csi is not None:
        yield volume.spec.csi.driver, volume.spec.csi.volume_handle
    elif volume.spec.aws_elastic_block_store is not None:
        yield EBS_DRIVER, ebs_handle(volume.spec.aws_elastic_block_store.volume_id)


def _volume_to_be(snapshot: Snapshot, claim: PersistentVolumeClaim) -> Iterator[Attached]:
    """The volume that the class of an unbound claim will make; it has no handle yet."""
    found = snapshot.get(StorageClass, storage.class_of(claim))
    if found is not None and found.provisioner:
        driver = EBS_DRIVER if found.provisioner == EBS_PLUGIN else found.provisioner
        yield driver, f"unbound {claim.metadata.namespace}/{claim.metadata.name}"


def _attached_by_pods(index: ClusterIndex, state: NodeState) -> Iterator[Attached]:
    for row in state.rows:
        pod = index.bound.view(row) if index.volumes(row) else None
        if pod is None:
            continue
        for use in storage.claims_of(pod):
            claim = storage.find_claim(index.snapshot, pod, use)
            if claim is not None:
                yield from _volume_of(index.snapshot, claim)
        for volume in pod.spec.volumes:
            if volume.aws_elastic_block_store is not None:
                yield EBS_DRIVER, ebs_handle(volume.aws_elastic_block_store.volume_id)


def _attachments(snapshot: Snapshot, node: str) -> set[Attached]:
    """What is attached to the node for whatever reason, as the attachments tell."""
    found: set[Attached] = set()
    for attachment in snapshot.all(VolumeAttachment):
        spec = attachment.spec
        if spec.node_name != node or not spec.attacher:
            continue
        volume = snapshot.get(PersistentVolume, spec.source.persistent_volume_name or "")
        if volume is not None and volume.spec.csi is not None:
            found.add((spec.attacher, volume.spec.csi.volume_handle))
    return found

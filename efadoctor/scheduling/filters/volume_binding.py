"""VolumeBinding: bound claims reach the node, unbound ones can get a volume there.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/volumebinding/volume_binding.go
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/volumebinding/binder.go
"""

from collections.abc import Hashable, Iterator, Sequence

import msgspec

from efadoctor.model.kubernetes import (
    CSIStorageCapacity,
    PersistentVolume,
    PersistentVolumeClaim,
    StorageClass,
)
from efadoctor.model.version import ServerVersion
from efadoctor.scheduling import storage
from efadoctor.scheduling.filters.plugin import SKIP, Incoming, Prepared, projected
from efadoctor.scheduling.migration import translated
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.refusals import Plugin, Refusal
from efadoctor.scheduling.storage import ClaimUse
from efadoctor.scheduling.volumes import find_volume, has_room, size_of

REASON_NODE = "node(s) didn't match PersistentVolume's node affinity"
REASON_NODE_OLD = "node(s) had volume node affinity conflict"
REASON_BIND = "node(s) didn't find available persistent volumes to bind"
REASON_SPACE = "node(s) did not have enough free storage"
REASON_NO_VOLUME = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
REASON_UNBOUND = "pod has unbound immediate PersistentVolumeClaims"
REASON_WAITING = (
    "waiting for ephemeral volume controller to create the persistentvolumeclaim {name}"
)
REASON_LOST = "persistentvolumeclaim {name} bound to non-existent persistentvolume {volume}"
REASON_DELETED = "persistentvolumeclaim {name} is being deleted"
REASON_OTHERS = "PVC {claim} was not created for pod {pod} (pod is not owner)"

# https://github.com/kubernetes/kubernetes/pull/129887
FIRST_WITH_NODE_REASON = ServerVersion(1, 33)

Claim = tuple[ClaimUse, PersistentVolumeClaim]


class VolumeBinding(msgspec.Struct, frozen=True):
    """The pod's claims: those that have a volume, and those that wait for a node."""

    incoming: Incoming
    bound: tuple[Claim, ...]
    waiting: tuple[Claim, ...]
    keys: tuple[str, ...]
    by_name: bool

    def sees(self, state: NodeState) -> Hashable:
        seen = projected(state.node, self.keys)
        return (state.name, seen) if self.by_name else seen

    def refusals(self, state: NodeState) -> tuple[Refusal, ...]:
        return (*self._unreachable(state), *self._unbindable(state))

    def _unreachable(self, state: NodeState) -> Iterator[Refusal]:
        """Against the volumes that the bound claims have."""
        snapshot = self.incoming.snapshot
        for use, claim in self.bound:
            volume = snapshot.get(PersistentVolume, claim.spec.volume_name)
            if volume is None:
                yield storage.refusal(Plugin.VOLUME_BINDING, REASON_NO_VOLUME, use)
                continue
            required = storage.required_of(translated(snapshot, volume, state.name))
            if not storage.volume_allows(required, state.labels):
                reason = node_reason(self.incoming.version)
                yield storage.refusal(Plugin.VOLUME_BINDING, reason, use)

    def _unbindable(self, state: NodeState) -> Iterator[Refusal]:
        """Against finding or making a volume for each claim that waits for a node."""
        to_provision: list[Claim] = []
        to_match: list[Claim] = []
        for use, claim in self.waiting:
            chosen = claim.metadata.annotations.get(storage.SELECTED_NODE)
            if chosen is not None and chosen != state.name:
                yield storage.refusal(Plugin.VOLUME_BINDING, REASON_BIND, use)
                return
            (to_match if chosen is None else to_provision).append((use, claim))
        taken: set[str] = set()
        for use, claim in sorted(to_match, key=lambda c: size_of(c[1])):
            found = find_volume(self.incoming.snapshot, claim, state.labels, taken)
            if found is None:
                to_provision.append((use, claim))
            else:
                taken.add(found.metadata.name)
        for use, claim in to_provision:
            reason = self._not_provisioned(claim, state)
            if reason is not None:
                yield storage.refusal(Plugin.VOLUME_BINDING, reason, use)
                return

    def _not_provisioned(self, claim: PersistentVolumeClaim, state: NodeState) -> str | None:
        snapshot = self.incoming.snapshot
        found = snapshot.get(StorageClass, storage.class_of(claim))
        if found is None or found.provisioner in ("", storage.NO_PROVISIONER):
            return REASON_BIND
        if not _topology_allows(found, state):
            return REASON_BIND
        return None if has_room(snapshot, found, claim, state.labels) else REASON_SPACE


def node_reason(version: ServerVersion) -> str:
    """What a scheduler of this version says of a volume that the node does not reach."""
    return REASON_NODE_OLD if version and version < FIRST_WITH_NODE_REASON else REASON_NODE


def _topology_allows(storage_class: StorageClass, state: NodeState) -> bool:
    """Whether any of the class's allowed topologies has the node's labels; none allows all."""
    terms = storage_class.allowed_topologies
    return not terms or any(
        len(term.match_label_expressions) > 0
        and all(state.labels.get(e.key) in e.values for e in term.match_label_expressions)
        for term in terms
    )


def prepare(incoming: Incoming) -> Prepared:
    if unread := storage.unread(incoming.snapshot, incoming.pod):
        return Prepared(unread=unread)
    claims: list[Claim] = []
    for use in storage.claims_of(incoming.pod):
        found = _usable(incoming, use)
        if isinstance(found, str):
            return Prepared(rejection=storage.refusal(Plugin.VOLUME_BINDING, found, use))
        claims.append((use, found))
    if not claims:
        return SKIP
    bound = tuple(c for c in claims if storage.is_bound(c[1]))
    unbound = [c for c in claims if not storage.is_bound(c[1])]
    waiting = tuple(c for c in unbound if _waits(incoming, c[1]))
    late = next((c for c in unbound if not _waits(incoming, c[1])), None)
    if late is not None:
        return Prepared(rejection=storage.refusal(Plugin.VOLUME_BINDING, REASON_UNBOUND, late[0]))
    keys, by_name = _seen_of_nodes(incoming, bound, waiting)
    return Prepared(VolumeBinding(incoming, bound, waiting, keys, by_name))


def says(refusals: Sequence[Refusal]) -> tuple[str, ...]:
    """One reason about the bound claims, one about the others."""
    about_bound = [r for r in refusals if r.reason not in (REASON_BIND, REASON_SPACE)]
    about_others = [r for r in refusals if r.reason in (REASON_BIND, REASON_SPACE)]
    return tuple(found[0].reason for found in (about_bound, about_others) if found)


def _seen_of_nodes(
    incoming: Incoming, bound: tuple[Claim, ...], waiting: tuple[Claim, ...]
) -> tuple[tuple[str, ...], bool]:
    """The node labels that decide, and whether the node's name does too."""
    snapshot = incoming.snapshot
    found = [snapshot.get(PersistentVolume, c.spec.volume_name) for _, c in bound]
    volumes = [v for v in found if v is not None]
    classes = {storage.class_of(c) for _, c in waiting}
    if classes:
        everything = snapshot.all(PersistentVolume)
        volumes += [v for v in everything if storage.class_of_volume(v) in classes]
    keys = {
        key
        for volume in volumes
        if (required := storage.required_of(volume)) is not None
        for term in required.node_selector_terms
        for key in (e.key for e in term.match_expressions)
    }
    keys |= {
        expression.key
        for name in classes
        if (storage_class := snapshot.get(StorageClass, name)) is not None
        for term in storage_class.allowed_topologies
        for expression in term.match_label_expressions
    }
    by_name = (
        any(v.spec.aws_elastic_block_store is not None for v in volumes)
        or any(storage.SELECTED_NODE in c.metadata.annotations for _, c in waiting)
        or (bool(waiting) and bool(snapshot.all(CSIStorageCapacity)))
    )
    return tuple(sorted(keys)), by_name


def _waits(incoming: Incoming, claim: PersistentVolumeClaim) -> bool:
    """A claim that names its volume is bound at once, whatever its class says."""
    return not claim.spec.volume_name and storage.waits_for_consumer(incoming.snapshot, claim)


def _usable(incoming: Incoming, use: ClaimUse) -> PersistentVolumeClaim | str:
    """The claim of a volume, or why the pod cannot use it."""
    pod = incoming.pod
    claim = storage.find_claim(incoming.snapshot, pod, use)
    quoted = f'"{use.claim}"'
    if claim is None and use.ephemeral:
        return REASON_WAITING.format(name=quoted)
    if claim is None:
        return storage.not_found("persistentvolumeclaim", use.claim)
    if claim.status.phase == "Lost":
        return REASON_LOST.format(name=quoted, volume=f'"{claim.spec.volume_name}"')
    if claim.metadata.deletion_timestamp is not None:
        return REASON_DELETED.format(name=quoted)
    if use.ephemeral and not storage.is_made_for(claim, pod):
        names = [f"{m.namespace}/{m.name}" for m in (claim.metadata, pod.metadata)]
        return REASON_OTHERS.format(claim=names[0], pod=names[1])
    return claim

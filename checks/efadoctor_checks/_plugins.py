"""Device plugins in the way: the ways in on which a device is asked for and not advertised."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import Case, Evidence, EvidenceSource, Path, PathId, reference
from efadoctor.model.aws import Instance, InstanceTypeInfo, LaunchTemplateVersion, NodeGroup
from efadoctor.model.karpenter import EC2NodeClass, NodeClaim, NodePool
from efadoctor.model.kubernetes import DaemonSet, Node, Pod
from efadoctor.model.reference import ObjectRef
from efadoctor.scheduling.devices import (
    EFA_INTERFACE_TYPES,
    Device,
    InterfaceCount,
    PluginOnNode,
    claim_of,
    efa_interfaces,
    instance_of,
    plugin_on,
    ships_with,
)
from efadoctor.scheduling.quantity import amount, readable
from efadoctor.scheduling.refusals import InsufficientResource

READS = (
    Pod,
    NodePool,
    NodeClaim,
    EC2NodeClass,
    NodeGroup,
    LaunchTemplateVersion,
    Instance,
    InstanceTypeInfo,
)
"""What telling the ways apart may read, besides nodes and DaemonSets."""

NAMES = {Device.EFA: "EFA", Device.GPU: "NVIDIA"}

EXPECTED = {
    Device.EFA: ObjectRef("apps/v1", "DaemonSet", "kube-system", "aws-efa-k8s-device-plugin"),
    Device.GPU: ObjectRef("apps/v1", "DaemonSet", "kube-system", "nvidia-device-plugin-daemonset"),
}
"""The plugin that one would look for where there is none."""


class Unadvertised(msgspec.Struct, frozen=True, kw_only=True):
    """A way in whose node advertises less of a device than the pod asks for.

    ``plugin`` is the plugin that comes nearest to serving the node, None without any;
    ``ships`` says that the node comes with one; ``interfaces`` how many EFA interfaces the
    node has (None: not known, or another device).
    """

    device: Device
    path: Path
    refusal: InsufficientResource
    plugin: PluginOnNode | None
    ships: bool = False
    interfaces: InterfaceCount | None = None

    @property
    def lacks_interfaces(self) -> bool:
        """Whether the node was launched with fewer EFA interfaces than are asked for."""
        if self.path.hypothetical or self.interfaces is None:
            return False
        return self.interfaces.count < self.refusal.requested

    @property
    def where(self) -> str:
        """The way in, for a sentence."""
        path = self.path
        if path.claim is not None and path.hypothetical:
            return f"the node of NodeClaim {path.claim.metadata.name}"
        if path.hypothetical:
            return f"a node of {'NodePool' if path.pool else 'node group'} {path.id.name}"
        count = len(path.nodes)
        return f"node {path.id.name}" if count == 1 else f"{count} nodes like {path.id.name}"


def unadvertised(case: Case, device: Device) -> Iterator[Unadvertised]:
    """The ways in that could serve the device, but do not advertise enough of it."""
    for path in case.paths:
        refusal = _refusal(path, device)
        if refusal is None or not _can_serve(case, path, device):
            continue
        ships = ships_with(case.snapshot, device, path.node)
        interfaces = None
        if device is Device.EFA and not path.hypothetical:
            interfaces = efa_interfaces(case.snapshot, path.node)
        yield Unadvertised(
            device=device,
            path=path,
            refusal=refusal,
            plugin=None if ships else plugin_on(case.snapshot, device, path.node),
            ships=ships,
            interfaces=interfaces,
        )


def _refusal(path: Path, device: Device) -> InsufficientResource | None:
    for refusal in path.of_kind(InsufficientResource):
        if refusal.resource == device.value and refusal.allocatable < refusal.requested:
            return refusal
    return None


def _can_serve(case: Case, path: Path, device: Device) -> bool:
    """Whether the node's type has the devices; of an unknown type, whether the node shows some."""
    if path.serves is not None:
        return path.serves
    claim = path.claim
    promised = readable(claim.status.capacity) if claim is not None else {}
    if amount(device.value, promised.get(device.value, 0)):
        return True
    if device is Device.GPU:
        labels = path.node.metadata.labels
        return labels.get("karpenter.k8s.aws/instance-gpu-manufacturer") == "nvidia"
    found = efa_interfaces(case.snapshot, path.node)
    return found is not None and found.count > 0


class Blamed(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin's DaemonSet, and the ways in that it fails for the same reason."""

    daemonset: DaemonSet
    ways: tuple[Unadvertised, ...]

    @property
    def path_ids(self) -> frozenset[PathId]:
        return frozenset(w.path.id for w in self.ways)

    @property
    def ref(self) -> ObjectRef:
        return reference(self.daemonset)

    @property
    def where(self) -> str:
        """The ways in, for a sentence: existing nodes before those that would come."""
        first, others = self.ways[0].where, len(self.ways) - 1
        kinds = {w.path.hypothetical for w in self.ways[1:]}
        more = "nodes to come" if kinds == {True} else f"{others} more ways in"
        return f"{first} and {more}" if others else first


def grouped(found: Iterator[tuple[Unadvertised, str]]) -> Iterator[tuple[str, Blamed]]:
    """Ways in by the plugin and the reason (a key) for which it fails there."""
    groups: dict[tuple[ObjectRef, str], list[Unadvertised]] = {}
    for way, key in found:
        if way.plugin is not None:
            groups.setdefault((reference(way.plugin.daemonset), key), []).append(way)
    for (_, key), ways in groups.items():
        plugin = ways[0].plugin
        if plugin is not None:
            yield key, Blamed(daemonset=plugin.daemonset, ways=tuple(ways))


# ---- evidence ---------------------------------------------------------------


def allocatable_evidence(way: Unadvertised) -> Evidence:
    """What the node advertises, or whose node it will be that cannot."""
    path, refusal = way.path, way.refusal
    note = f"{way.where} would advertise no {refusal.resource}"
    if path.hypothetical and path.claim is not None:
        return Evidence(
            object=reference(path.claim),
            field=f'status.allocatable["{refusal.resource}"]',
            value=path.claim.status.allocatable.get(refusal.resource),
            note=f"what Karpenter counts on; {note}",
        )
    if path.hypothetical and path.pool is not None:
        return Evidence(
            object=reference(path.pool), field="metadata.name", value=path.id.name, note=note
        )
    if path.hypothetical and path.group is not None:
        return Evidence(
            object=reference(path.group),
            field="nodegroupName",
            value=path.id.name,
            source=EvidenceSource.AWS,
            note=note,
        )
    return Evidence(
        object=reference(path.node),
        field=f'status.allocatable["{refusal.resource}"]',
        value=path.node.status.allocatable.get(refusal.resource),
        expected=f"at least {refusal.requested}",
    )


def advertised(ways: tuple[Unadvertised, ...], most: int = 3) -> Iterator[Evidence]:
    """What some of the ways in advertise: nodes that exist, else those to come."""
    existing = tuple(w for w in ways if not w.path.hypothetical)
    return map(allocatable_evidence, (existing or ways)[:most])


def interfaces_evidence(
    case: Case, way: Unadvertised, node: Node, found: InterfaceCount
) -> Evidence:
    """What shows how many EFA interfaces the node has: EC2, else its NodeClaim."""
    wanted = f"{way.refusal.requested} interfaces of type efa or efa-only"
    instance = instance_of(case.snapshot, node)
    if found.from_aws and instance is not None:
        plain = (
            n
            for n, i in enumerate(instance.network_interfaces)
            if i.interface_type not in EFA_INTERFACE_TYPES
        )
        at = next(plain, 0)
        return Evidence(
            object=found.object,
            field=f"NetworkInterfaces[{at}].InterfaceType",
            value=instance.network_interfaces[at].interface_type,
            expected=wanted,
            source=EvidenceSource.AWS,
            note=f"{found.count} of {len(instance.network_interfaces)} interfaces carry EFA",
        )
    field = f'{found.field}["{Device.EFA.value}"]'
    claim = claim_of(case.snapshot, node)
    value = claim.status.capacity.get(Device.EFA.value) if claim is not None else None
    note = "Karpenter leaves it out for an instance that it launched without EFA interfaces"
    return Evidence(object=found.object, field=field, value=value, expected=wanted, note=note)


def consequence(blamed: Blamed) -> str:
    """What follows where a plugin does not run: the last link of a chain."""
    resource = blamed.ways[0].refusal.resource
    return f"So no {resource} can be had on {blamed.where}, and the pod that asks for it waits."

"""Device plugins in the way: the ways in on which a device is asked for and not advertised."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import Case, Evidence, EvidenceSource, Path, PathId, reference
from efadoctor.model.kubernetes import DaemonSet, Pod
from efadoctor.model.reference import ObjectRef
from efadoctor.scheduling.devices import Device, PluginOnNode, plugin_on, plugins
from efadoctor.scheduling.refusals import InsufficientResource

RESOURCE_NAMES = {Device.EFA: "EFA", Device.GPU: "NVIDIA"}

EXPECTED = {
    Device.EFA: ObjectRef("apps/v1", "DaemonSet", "kube-system", "aws-efa-k8s-device-plugin"),
    Device.GPU: ObjectRef("apps/v1", "DaemonSet", "kube-system", "nvidia-device-plugin-daemonset"),
}
"""The plugin that one would look for where there is none (contracts.md section 4)."""


class Unadvertised(msgspec.Struct, frozen=True, kw_only=True):
    """A way in whose node advertises less of a device than the pod asks for.

    ``plugin`` is the plugin that comes nearest to serving the node, None without any.
    """

    path: Path
    refusal: InsufficientResource
    plugin: PluginOnNode | None


def unadvertised(case: Case, device: Device) -> Iterator[Unadvertised]:
    """The ways in that could serve the device, but do not advertise enough of it."""
    for path in case.paths:
        for refusal in path.of_kind(InsufficientResource):
            if refusal.resource != device.value or refusal.allocatable >= refusal.requested:
                continue
            if path.serves is not False:
                plugin = plugin_on(case.snapshot, device, path.node)
                yield Unadvertised(path=path, refusal=refusal, plugin=plugin)


class KeptOff(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin's DaemonSet that wants no pod on some ways in, and those ways."""

    daemonset: DaemonSet
    ways: tuple[Unadvertised, ...]

    @property
    def path_ids(self) -> frozenset[PathId]:
        return frozenset(w.path.id for w in self.ways)

    @property
    def ref(self) -> ObjectRef:
        return reference(self.daemonset)


def kept_off(case: Case, device: Device) -> tuple[KeptOff, ...]:
    """The plugins that want no pod where the device is needed, each with its ways."""
    found: dict[ObjectRef, list[Unadvertised]] = {}
    daemonsets: dict[ObjectRef, DaemonSet] = {}
    for way in unadvertised(case, device):
        if way.plugin is not None and way.plugin.refusals and way.plugin.pod is None:
            ref = reference(way.plugin.daemonset)
            daemonsets[ref] = way.plugin.daemonset
            found.setdefault(ref, []).append(way)
    return tuple(KeptOff(daemonset=daemonsets[r], ways=tuple(w)) for r, w in found.items())


def there_is_none(case: Case, device: Device) -> bool:
    """Whether the cluster has no plugin for a device at all."""
    return not plugins(case.snapshot, device)


def allocatable_evidence(way: Unadvertised) -> Evidence:
    """What the node advertises, or the pool's lack of a node to advertise anything."""
    path, refusal = way.path, way.refusal
    if path.hypothetical and path.pool is not None:
        return Evidence(
            object=reference(path.pool),
            field="spec.template.spec.taints",
            value=path.pool.spec.template.spec.taints or None,
            note=f"a node of this NodePool would advertise no {refusal.resource}",
        )
    if path.hypothetical and path.group is not None:
        return Evidence(
            object=reference(path.group),
            field="taints",
            value=path.group.taints or None,
            source=EvidenceSource.AWS,
            note=f"a node of this node group would advertise no {refusal.resource}",
        )
    return Evidence(
        object=reference(path.node),
        field=f'status.allocatable["{refusal.resource}"]',
        value=path.node.status.allocatable.get(refusal.resource),
        expected=f"at least {refusal.requested}",
    )


def pod_evidence(pod: Pod, field: str, value: object, expected: object = None) -> Evidence:
    """A field of a plugin's pod."""
    return Evidence(object=reference(pod), field=field, value=value, expected=expected)


def where(way: Unadvertised) -> str:
    """The way in, for a sentence."""
    path = way.path
    if path.hypothetical:
        return f"a node of {'NodePool' if path.pool else 'node group'} {path.id.name}"
    count = len(path.nodes)
    return f"node {path.id.name}" if count == 1 else f"{count} nodes like {path.id.name}"

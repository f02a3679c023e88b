"""The devices that a node reaches, pool by pool.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/dynamic-resource-allocation/structured/internal/incubating/pools_incubating.go
"""

from collections.abc import Iterator
from operator import itemgetter

import msgspec

from efadoctor.model.kubernetes import NodeSelector, ResourceClaim, ResourceSlice
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.dra.objects import (
    DeviceParts,
    SliceSpec,
    claim_status,
    slice_spec,
)
from efadoctor.scheduling.index import NodeState
from efadoctor.scheduling.selectors import node_selector_matches

PoolId = tuple[str, str]
DeviceId = tuple[str, str, str]
"""Driver, pool and device."""


class Offer(msgspec.Struct, frozen=True):
    """A device that the node reaches."""

    id: DeviceId
    device: DeviceParts


class NodePool(msgspec.Struct, frozen=True):
    """A pool as one node sees it. ``usable`` is false for an incomplete or invalid one."""

    id: PoolId
    offers: tuple[Offer, ...] = ()
    incomplete: bool = False
    invalid: bool = False

    @property
    def usable(self) -> bool:
        return not (self.incomplete or self.invalid)


class Slices:
    """All slices, those of single nodes by node."""

    def __init__(self, snapshot: Snapshot) -> None:
        named = [(s.metadata.name, slice_spec(s)) for s in snapshot.all(ResourceSlice)]
        found = sorted(((n, s) for n, s in named if s is not None), key=itemgetter(0))
        self._of_pool: dict[PoolId, list[SliceSpec]] = {}
        self._of_node: dict[str, list[SliceSpec]] = {}
        self._shared: list[SliceSpec] = []
        for _, spec in found:
            self._of_pool.setdefault((spec.driver, spec.pool.name), []).append(spec)
            if spec.node_name:
                self._of_node.setdefault(spec.node_name, []).append(spec)
            else:
                self._shared.append(spec)

    def reach(self, node: str) -> bool:
        """Whether any slice might have a device for this node."""
        return bool(self._shared) or node in self._of_node

    def pools(self, state: NodeState) -> tuple[NodePool, ...]:
        """The pools that have devices for this node, in the order in which they are tried."""
        newest: dict[PoolId, list[SliceSpec]] = {}
        for spec in (*self._of_node.get(state.name, ()), *self._shared):
            if not _is_relevant(spec, state):
                continue
            pool = (spec.driver, spec.pool.name)
            known = newest.get(pool)
            if known is None or known[0].pool.generation < spec.pool.generation:
                newest[pool] = [spec]
            elif known[0].pool.generation == spec.pool.generation:
                known.append(spec)
        found = (self._pool(pool, specs, state) for pool, specs in sorted(newest.items()))
        return tuple(pool for pool in found if pool is not None)

    def _pool(self, pool: PoolId, specs: list[SliceSpec], state: NodeState) -> NodePool | None:
        """None while the driver replaces this generation by a newer one."""
        generation, count = specs[0].pool.generation, specs[0].pool.resource_slice_count
        everywhere = self._of_pool[pool]
        if any(s.pool.generation > generation for s in everywhere):
            return None
        if sum(1 for s in everywhere if s.pool.generation == generation) != count:
            return NodePool(pool, incomplete=True)
        names = [device.name for spec in specs for device in spec.devices]
        if len(set(names)) < len(names):
            return NodePool(pool, invalid=True)
        return NodePool(pool, tuple(o for spec in specs for o in _offers(spec, state)))


def allocated_devices(snapshot: Snapshot) -> frozenset[DeviceId]:
    """Every device that a claim holds; admin access holds nothing."""
    return frozenset(
        (result.driver, result.pool, result.device)
        for claim in snapshot.all(ResourceClaim)
        if (allocation := claim_status(claim).allocation) is not None
        for result in allocation.devices.results
        if not result.admin_access
    )


def slices_of(snapshot: Snapshot) -> Slices:
    """The slices of a snapshot, read once."""
    return snapshot.once(Slices)


def _is_relevant(spec: SliceSpec, state: NodeState) -> bool:
    if spec.per_device_node_selection:
        return any(_reaches(d.parts, state) for d in spec.devices)
    return _admits(spec.node_name, spec.node_selector, state, everywhere=spec.all_nodes)


def _offers(spec: SliceSpec, state: NodeState) -> Iterator[Offer]:
    for device in spec.devices:
        if not spec.per_device_node_selection or _reaches(device.parts, state):
            yield Offer((spec.driver, spec.pool.name, device.name), device.parts)


def _reaches(parts: DeviceParts, state: NodeState) -> bool:
    return _admits(parts.node_name, parts.node_selector, state, everywhere=parts.all_nodes)


def _admits(
    name: str, selector: NodeSelector | None, state: NodeState, *, everywhere: bool
) -> bool:
    if name:
        return name == state.name
    if everywhere:
        return True
    return selector is not None and node_selector_matches(selector, state.labels, state.name)

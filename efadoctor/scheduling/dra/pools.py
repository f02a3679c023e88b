"""The devices that a node reaches, pool by pool.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/dynamic-resource-allocation/structured/internal/incubating/pools_incubating.go
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from operator import itemgetter

import msgspec

from efadoctor.model.kubernetes import NodeSelector, ResourceClaim, ResourceSlice
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.dra.amounts import exact
from efadoctor.scheduling.dra.counters import counters_left
from efadoctor.scheduling.dra.objects import (
    DeviceId,
    DeviceParts,
    PoolId,
    SliceSpec,
    claim_status,
    pool_of,
    slice_spec,
)
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.selectors import node_selector_matches

_encode = msgspec.json.Encoder().encode


class Offer(msgspec.Struct, frozen=True):
    """A device in a slice that reaches the node; one of its own choosing may not (``reaches``).

    ``shape`` numbers the different devices: those of one shape differ in their names only.
    """

    id: DeviceId
    device: DeviceParts
    shape: int
    reaches: bool = True


class SeenPool(msgspec.Struct, frozen=True):
    """A pool as one node sees it. ``usable`` is false for an incomplete or invalid one.

    ``counters``: what is left of each counter set, for devices that are parts of one another.
    """

    id: PoolId
    offers: tuple[Offer, ...] = ()
    counters: Mapping[str, Mapping[str, Fraction]] = {}
    incomplete: bool = False
    invalid: bool = False

    @property
    def usable(self) -> bool:
        return not (self.incomplete or self.invalid)

    @property
    def comes_last(self) -> bool:
        """Devices that have to be prepared before a pod is bound are the second choice."""
        return any(offer.device.binding_conditions for offer in self.offers)


class InUse(msgspec.Struct, frozen=True):
    """The devices that claims hold, and how much they hold of those that can be shared."""

    whole: frozenset[DeviceId]
    shared: Mapping[DeviceId, Mapping[str, Fraction]]

    def devices(self) -> frozenset[DeviceId]:
        """Every device of which anybody holds anything."""
        return self.whole | self.shared.keys()


class _Whole:
    """All slices of a pool, on whatever node, by generation."""

    def __init__(self) -> None:
        self.newest = 0
        self.specs: dict[int, list[SliceSpec]] = {}
        self._counted: set[int] = set()

    def add(self, spec: SliceSpec) -> None:
        generation = spec.pool.generation
        self.newest = max(self.newest, generation)
        self.specs.setdefault(generation, []).append(spec)
        if spec.shared_counters or any(d.parts.consumes_counters for d in spec.devices):
            self._counted.add(generation)

    def others(self, generation: int, specs: Sequence[SliceSpec]) -> list[SliceSpec]:
        """What else of this generation has a say in what is left of the counters."""
        if generation not in self._counted:
            return []
        known = {id(spec) for spec in specs}
        return [spec for spec in self.specs[generation] if id(spec) not in known]


class Slices:
    """All slices by the nodes that they may reach, and what claims hold of their devices.

    A slice of counter sets has no devices and belongs to its pool on every node.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        named = [(s.metadata.name, slice_spec(s)) for s in snapshot.all(ResourceSlice)]
        found = sorted(((n, s) for n, s in named if s is not None), key=itemgetter(0))
        self.in_use = in_use(snapshot)
        self._shapes: dict[bytes, int] = {}
        self._seen: dict[str, tuple[SeenPool, ...]] = {}
        self._held = self.in_use.devices()
        self._of_pool: dict[PoolId, _Whole] = {}
        self._of_node: dict[str, list[SliceSpec]] = {}
        self._shared: list[SliceSpec] = []
        self._counters: dict[PoolId, list[SliceSpec]] = {}
        for _, spec in found:
            pool = pool_of(spec)
            self._of_pool.setdefault(pool, _Whole()).add(spec)
            if spec.shared_counters:
                self._counters.setdefault(pool, []).append(spec)
            elif spec.node_name:
                self._of_node.setdefault(spec.node_name, []).append(spec)
            else:
                self._shared.append(spec)
        self._elsewhere = self._unusable_anywhere()

    def reach(self, node: str) -> bool:
        """Whether any slice might have a device for this node."""
        return bool(self._shared or self._elsewhere) or node in self._of_node

    def sees(self, state: NodeState) -> Hashable:
        """All of the node's pools that decides what can be had of them; names do not."""
        if not self.reach(state.name):
            return None
        pools = self.pools(state)
        if not all(pool.usable for pool in pools):
            return state.name
        return tuple(
            (pool.id[0], tuple(map(self._look, pool.offers)), repr(pool.counters)) for pool in pools
        )

    def _look(self, offer: Offer) -> Hashable:
        shared = self.in_use.shared.get(offer.id)
        held = offer.id in self.in_use.whole if shared is None else tuple(shared.items())
        return offer.shape, offer.reaches, held

    def pools(self, state: NodeState) -> tuple[SeenPool, ...]:
        """The pools that have devices for this node, in the order in which they are tried."""
        if state.name not in self._seen:
            self._seen[state.name] = self._pools(state)
        return self._seen[state.name]

    def _pools(self, state: NodeState) -> tuple[SeenPool, ...]:
        relevant: dict[PoolId, list[SliceSpec]] = {}
        for spec in (*self._of_node.get(state.name, ()), *self._shared):
            if _is_relevant(spec, state):
                relevant.setdefault(pool_of(spec), []).append(spec)
        found = [self._pool(pool, specs, state) for pool, specs in relevant.items()]
        pools = [pool for pool in found if pool is not None]
        pools += [pool for pool in self._elsewhere if pool.id not in relevant]
        return tuple(sorted(pools, key=lambda pool: (pool.comes_last, pool.id)))

    def _unusable_anywhere(self) -> tuple[SeenPool, ...]:
        """Pools of which every node sees the counters, and that they cannot be used."""
        found = (self._pool(pool, [], None) for pool in self._counters)
        return tuple(pool for pool in found if pool is not None and not pool.usable)

    def _pool(
        self, pool: PoolId, specs: list[SliceSpec], state: NodeState | None
    ) -> SeenPool | None:
        """None while the driver replaces this generation by a newer one."""
        specs = [*specs, *self._counters.get(pool, ())]
        generation = max(spec.pool.generation for spec in specs)
        specs = [spec for spec in specs if spec.pool.generation == generation]
        others: list[SliceSpec] = []
        if len(specs) != specs[0].pool.resource_slice_count:
            whole = self._of_pool[pool]
            if whole.newest > generation:
                return None
            if len(whole.specs[generation]) != specs[0].pool.resource_slice_count:
                return SeenPool(pool, incomplete=True)
            others = whole.others(generation, specs)
        names = [device.name for spec in specs for device in spec.devices]
        counters = counters_left(specs, others, self._held)
        if len(set(names)) < len(names) or counters is None:
            return SeenPool(pool, invalid=True)
        offers = (
            (o for spec in specs for o in self._offers(spec, state)) if state is not None else ()
        )
        return SeenPool(pool, tuple(offers), counters)

    def _offers(self, spec: SliceSpec, state: NodeState) -> Iterator[Offer]:
        for device in spec.devices:
            parts = device.parts
            reaches = not spec.per_device_node_selection or _reaches(parts, state)
            shape = self._shapes.setdefault(_shape(parts), len(self._shapes))
            yield Offer((*pool_of(spec), device.name), parts, shape, reaches)


def _shape(parts: DeviceParts) -> bytes:
    return _encode(
        [
            parts.attributes,
            parts.capacity,
            parts.taints,
            parts.consumes_counters,
            parts.allow_multiple_allocations,
            parts.binding_conditions,
        ]
    )


def in_use(snapshot: Snapshot) -> InUse:
    """What claims hold; admin access holds nothing."""
    whole: set[DeviceId] = set()
    shared: dict[DeviceId, dict[str, Fraction]] = {}
    for claim in snapshot.all(ResourceClaim):
        allocation = claim_status(claim).allocation
        for result in allocation.devices.results if allocation is not None else ():
            device = (result.driver, result.pool, result.device)
            if result.admin_access:
                continue
            if result.share_id is None:
                whole.add(device)
                continue
            held = shared.setdefault(device, {})
            for name, quantity in result.consumed_capacity.items():
                held[name] = held.get(name, Fraction()) + exact(quantity)
    return InUse(frozenset(whole), shared)


def slices_of(snapshot: Snapshot) -> Slices:
    """The slices of a snapshot, read once."""
    return snapshot.once(Slices)


def _is_relevant(spec: SliceSpec, state: NodeState) -> bool:
    if spec.per_device_node_selection:
        return any(_reaches(d.parts, state) for d in spec.devices)
    return _admits(spec.node_name, spec.node_selector, state, everywhere=spec.all_nodes)


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

"""Counters that devices share which are parts of one another, as the slices of a GPU.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/dynamic-resource-allocation/structured/internal/incubating/pools_incubating.go
https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#partitionable-devices
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction

from efadoctor.scheduling.dra.amounts import exact
from efadoctor.scheduling.dra.objects import CounterUse, DeviceId, SliceSpec, pool_of

Counters = Mapping[str, Mapping[str, Fraction]]
"""Amounts by counter set and counter."""


def counters_left(
    specs: Sequence[SliceSpec], others: Sequence[SliceSpec], in_use: AbstractSet[DeviceId]
) -> Counters | None:
    """What devices in use leave of a pool's counters; None where the slices contradict.

    ``specs`` are the slices that a node sees, ``others`` those of other nodes.
    """
    found: dict[str, dict[str, Fraction]] = {}
    for spec in specs:
        for counter_set in spec.shared_counters:
            if counter_set.name in found:
                return None
            found[counter_set.name] = {n: exact(c.value) for n, c in counter_set.counters.items()}
    for spec in (*specs, *others):
        for device in spec.devices:
            uses = device.parts.consumes_counters
            if not _all_known(uses, found):
                return None
            if uses and (*pool_of(spec), device.name) in in_use:
                change(found, uses, by=-1)
    return found


def change(
    counters: dict[str, dict[str, Fraction]], uses: Iterable[CounterUse], *, by: int
) -> None:
    """Adds (``by=1``) or takes away (``by=-1``) what a device uses."""
    for use in uses:
        known = counters.setdefault(use.counter_set, {})
        for name, counter in use.counters.items():
            known[name] = known.get(name, Fraction()) + by * exact(counter.value)


def _all_known(uses: Iterable[CounterUse], counters: Counters) -> bool:
    return all(
        use.counters.keys() <= counters.get(use.counter_set, {}).keys() for use in uses
    ) and (all(use.counter_set in counters for use in uses))

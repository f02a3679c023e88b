"""What bus bandwidth a type's network allows, and what a measurement says beside it.

The bus bandwidth of a ring all-reduce between nodes is bounded by each node's network, so
that the two may be compared (https://github.com/NVIDIA/nccl-tests/blob/master/doc/PERFORMANCE.md);
algorithms that reduce inside the node first may pass the bound.
"""

from __future__ import annotations

from efadoctor.scheduling.instance_types import TypeFacts

ENOUGH_TO_JUDGE = 64 * 1024 * 1024
"""Smaller messages are bound by latency: their bandwidth says nothing of the network."""

LOW = 0.5
"""A large all-reduce over EFA reaches well above half of the network; TCP on the same node
stays at a fraction, as one interface of many carries it."""

_MEGABITS_PER_GIGABYTE = 8000


def limit(facts: TypeFacts, interfaces: int | None) -> float | None:
    """The bandwidth in GB/s of this many EFA interfaces of a type (None: of all of them).

    None where the type's network is not known, or it has no EFA.
    """
    if not facts.network_mbps or not facts.efa_interfaces:
        return None
    whole = facts.network_mbps / _MEGABITS_PER_GIGABYTE
    used = facts.efa_interfaces if interfaces is None else min(interfaces, facts.efa_interfaces)
    return whole * used / facts.efa_interfaces

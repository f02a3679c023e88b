"""An instance type as Karpenter's scheduler sees it: labels, resources, offerings.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/cloudprovider/types.go
"""

from collections.abc import Iterable, Mapping
from math import inf
from typing import Any

import msgspec

from efadoctor.scheduling.karpenter.vocabulary import CAPACITY_TYPE
from efadoctor.scheduling.names import EFA, GPU, ZONE
from efadoctor.scheduling.requirements import Requirements

Amounts = Mapping[str, int]
"""Resources in the scheduler's units: milli for cpu, bytes or pieces for the rest."""

HUGE_PAGES = "hugepages-"


class Offering(msgspec.Struct, frozen=True):
    """One way of getting a type: in a zone, under a capacity type, at a price."""

    requirements: Requirements
    price: float = 0.0
    available: bool = True

    @property
    def zone(self) -> str:
        """The zone, "" where it is not known."""
        return next(iter(sorted(self.requirements.get(ZONE).values)), "")

    @property
    def capacity_type(self) -> str:
        return next(iter(sorted(self.requirements.get(CAPACITY_TYPE).values)), "")


class InstanceType(msgspec.Struct, frozen=True):
    """A type that a NodePool might launch; ``allocatable`` is what is left for pods."""

    name: str
    requirements: Requirements
    capacity: Amounts
    allocatable: Amounts
    offerings: tuple[Offering, ...] = ()

    @property
    def efa(self) -> int:
        return self.allocatable.get(EFA, 0)

    @property
    def gpus(self) -> int:
        return self.allocatable.get(GPU, 0)

    def offered(self, wanted: Requirements, well_known: frozenset[str]) -> tuple[Offering, ...]:
        """The available offerings that the requirements allow."""
        return tuple(
            o
            for o in self.offerings
            if o.available and wanted.is_compatible(o.requirements, well_known)
        )

    def shortages(self, requests: Amounts) -> tuple[str, ...]:
        """The requested resources of which it has too little, by name."""
        have = self.allocatable
        return tuple(sorted(r for r, wanted in requests.items() if wanted > have.get(r, 0)))

    def fits(self, requests: Amounts) -> bool:
        """Whether it has enough of everything. A type that reserves more than it has never fits."""
        if any(amount < 0 for amount in self.allocatable.values()):
            return False
        have = self.allocatable
        return all(wanted <= have.get(r, 0) for r, wanted in requests.items())


def allocatable(capacity: Amounts, reserved: Iterable[Amounts]) -> dict[str, int]:
    """What is left for pods: capacity less what is reserved, huge pages taken from memory."""
    left = dict(capacity)
    for amounts in reserved:
        for resource, amount in amounts.items():
            if resource in left:
                left[resource] -= amount
    pages = sum(amount for r, amount in capacity.items() if r.startswith(HUGE_PAGES))
    if pages:
        left["memory"] = max(0, left.get("memory", 0) - pages)
    return left


def by_price(
    types: Iterable[InstanceType], wanted: Requirements, well_known: frozenset[str]
) -> tuple[InstanceType, ...]:
    """Types by their cheapest offering that the requirements allow, then by name."""

    def price(type_: InstanceType) -> tuple[float, str]:
        return min((o.price for o in type_.offered(wanted, well_known)), default=inf), type_.name

    return tuple(sorted(types, key=price))


Catalogue = Iterable[Mapping[str, Any]]
"""Instance types as Karpenter's simulated provider reads them from a file."""

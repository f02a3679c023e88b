"""Instance types in the form of Karpenter's simulated provider (KWOK), as recordings have them.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/kwok/cloudprovider/helpers.go
"""

import re
from collections.abc import Mapping

import msgspec

from efadoctor.model.errors import UsageError
from efadoctor.model.karpenter import Requirement as WrittenRequirement
from efadoctor.model.structs import Quantity, no_quantities
from efadoctor.scheduling.karpenter.amounts import canonical
from efadoctor.scheduling.karpenter.types import Catalogue, InstanceType, Offering, allocatable
from efadoctor.scheduling.karpenter.vocabulary import CAPACITY_TYPE, KWOK, KWOK_GROUP, Vocabulary
from efadoctor.scheduling.names import ARCH, INSTANCE_TYPE, OS, ZONE
from efadoctor.scheduling.quantity import amounts
from efadoctor.scheduling.requirements import Requirement, Requirements

_PODS = 110
_RESERVED = {"cpu": 100, "memory": 10 * 1024 * 1024}
_SIZE = re.compile(r"[A-Za-z0-9_]+\.(nano|micro|small|medium|large|[0-9]*xlarge|metal)\Z")
_FAMILY = re.compile(r"[.-]")


class _Offering(msgspec.Struct, frozen=True, rename="pascal"):
    requirements: tuple[WrittenRequirement, ...] = ()
    price: float = 0.0


class _Type(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    offerings: tuple[_Offering, ...] = ()
    architecture: str = ""
    operating_systems: tuple[str, ...] = ()
    resources: Mapping[str, Quantity] = msgspec.field(default_factory=no_quantities)


def simulated(catalogue: Catalogue) -> tuple[tuple[InstanceType, ...], Vocabulary]:
    """The catalogue's types, and the labels that its provider knows.

    Raises UsageError for a catalogue of another form, InvalidQuantityError for a resource.
    """
    try:
        written = msgspec.convert(tuple(catalogue), tuple[_Type, ...])
    except msgspec.ValidationError as error:
        raise UsageError(f"instance types: {error}") from None
    keys = {r.key for t in written for o in t.offerings for r in o.requirements}
    return tuple(_simulated(t) for t in written), KWOK.knowing(keys)


def _simulated(written: _Type) -> InstanceType:
    capacity = {"pods": _PODS} | amounts(written.resources)
    offerings = tuple(
        Offering(
            Requirements(Requirement.of(r.key, r.operator, r.values) for r in o.requirements),
            o.price,
        )
        for o in written.offerings
    )
    return InstanceType(
        name=written.name,
        requirements=Requirements(_labels(written, capacity)),
        capacity=capacity,
        allocatable=allocatable(capacity, (_RESERVED,)),
        offerings=offerings,
    )


def _labels(written: _Type, capacity: Mapping[str, int]) -> tuple[Requirement, ...]:
    cpu, memory = (
        canonical(r, capacity[r]) if r in written.resources else "" for r in ("cpu", "memory")
    )
    size = _SIZE.match(written.name)
    family = _FAMILY.split(written.name, maxsplit=1)

    def one(key: str, value: str) -> Requirement:
        return Requirement.of(key, "In", (value,))

    return (
        one(INSTANCE_TYPE, written.name),
        one(ARCH, written.architecture),
        Requirement.of(OS, "In", written.operating_systems),
        Requirement.of(ZONE, "In", _offered(written, ZONE)),
        Requirement.of(CAPACITY_TYPE, "In", _offered(written, CAPACITY_TYPE)),
        one(f"{KWOK_GROUP}/instance-size", size[1] if size else cpu),
        one(f"{KWOK_GROUP}/instance-family", family[0] if len(family) > 1 else written.name[:1]),
        one(f"{KWOK_GROUP}/instance-cpu", cpu),
        one(f"{KWOK_GROUP}/instance-memory", memory),
    )


def _offered(written: _Type, key: str) -> frozenset[str]:
    """The values of a label over all offerings; of each, the first requirement on it counts."""
    found: set[str] = set()
    for offering in written.offerings:
        first = next((r for r in offering.requirements if r.key == key), None)
        found.update(first.values if first is not None else ())
    return frozenset(found)

"""Handing out devices: an exhaustive search for the first full solution on a node.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/dynamic-resource-allocation/structured/internal/incubating/allocator_incubating.go
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from efadoctor.model.kubernetes import Taint, Toleration
from efadoctor.scheduling.dra import cel, cel_values
from efadoctor.scheduling.dra.objects import (
    ALL,
    Attribute,
    ClassSpec,
    DeviceConstraint,
    DeviceParts,
    DeviceRequest,
    DeviceSelector,
    Wish,
)
from efadoctor.scheduling.dra.pools import DeviceId, NodePool, Offer
from efadoctor.scheduling.taints import KEEPS_OFF, untolerated

MOST_DEVICES = 32
"""The most devices that one claim can hold (AllocationResultsMaxSize)."""

MOST_STEPS = 20_000
"""How long the search goes on; the scheduler gives up after ten seconds."""


class AllocationError(Exception):
    """The scheduler ends the whole attempt with this text."""


class Demand(msgspec.Struct, frozen=True):
    """A claim that has to be allocated."""

    name: str
    requests: tuple[DeviceRequest, ...]
    constraints: tuple[DeviceConstraint, ...] = ()


class Allocator:
    """Tries to meet several demands at once from the pools that a node reaches."""

    def __init__(self, classes: Mapping[str, ClassSpec], allocated: frozenset[DeviceId]) -> None:
        self._classes = classes
        self._allocated = allocated
        self._selected: dict[tuple[str, DeviceId], bool] = {}

    def can_meet(self, demands: Sequence[Demand], pools: Sequence[NodePool]) -> bool:
        """Whether all demands can be met together.

        Raises AllocationError, and UnsupportedError for an expression beyond ``cel``.
        """
        return _Search(self, demands, pools).succeeds()

    def is_free(self, offer: Offer) -> bool:
        return offer.id not in self._allocated

    def selects(self, demand: Demand, wish: Wish, offer: Offer) -> bool:
        """Whether class and request select the device."""
        found = self._classes.get(wish.device_class_name)
        if found is None:
            name, class_name = wish.name, wish.device_class_name
            raise AllocationError(
                f"claim {demand.name}, request {name}: could not retrieve device class {class_name}"
            )
        return self._all_match(f"class {wish.device_class_name}", found.selectors, offer) and (
            self._all_match(f"claim {demand.name}", wish.selectors, offer)
        )

    def _all_match(self, whose: str, selectors: Sequence[DeviceSelector], offer: Offer) -> bool:
        for number, selector in enumerate(selectors):
            expression = selector.cel.expression
            key = (expression, offer.id)
            if key not in self._selected:
                try:
                    self._selected[key] = cel.matches(expression, as_variable(offer))
                except cel_values.CelError as error:
                    raise AllocationError(
                        f"{whose}: selector #{number}: CEL runtime error: {error}"
                    ) from None
            if not self._selected[key]:
                return False
        return True


class _Search:
    """The state of one search: what each demand holds so far."""

    def __init__(
        self, allocator: Allocator, demands: Sequence[Demand], pools: Sequence[NodePool]
    ) -> None:
        self._allocator = allocator
        self._demands = demands
        self._pools = pools
        self._offers = [o for pool in pools if pool.usable for o in pool.offers]
        self._held: list[list[tuple[str, Offer]]] = [[] for _ in demands]
        self._taken: set[DeviceId] = set()
        self._steps = 0

    def succeeds(self) -> bool:
        for demand in self._demands:
            _check_size(demand)
        try:
            return self._request(0, 0)
        except RecursionError:  # more claims than any pod has
            return False

    def _request(self, claim: int, number: int) -> bool:
        """Meets the request of this number, and all after it."""
        if claim == len(self._demands):
            return True
        requests = self._demands[claim].requests
        if number == len(requests):
            return self._request(claim + 1, 0)
        request = requests[number]
        for wish in request.wishes():
            name = f"{request.name}/{wish.name}" if request.first_available else request.name
            if self._wish(claim, number, wish, name):
                return True
        return False

    def _wish(self, claim: int, number: int, wish: Wish, name: str) -> bool:
        demand = self._demands[claim]
        if wish.allocation_mode == ALL:
            return self._everything(claim, number, wish, name)
        offers = [o for o in self._offers if self._allocator.selects(demand, wish, o)]
        return self._pick(claim, number, (wish, name), offers, 0, wish.count)

    def _everything(self, claim: int, number: int, wish: Wish, name: str) -> bool:
        """All devices that are selected: not one may be in use."""
        demand, own = self._demands[claim], name.rpartition("/")[2]
        for pool in self._pools:
            if not pool.usable:
                state = "currently being updated" if pool.incomplete else "currently invalid"
                raise AllocationError(
                    f"claim {demand.name}, request {own}: asks for all devices, but "
                    f"resource pool {'/'.join(pool.id)} is {state}"
                )
        offers = [o for o in self._offers if self._allocator.selects(demand, wish, o)]
        return bool(offers) and self._pick(claim, number, (wish, name), offers, 0, len(offers))

    def _pick(
        self,
        claim: int,
        number: int,
        wish: tuple[Wish, str],
        offers: Sequence[Offer],
        start: int,
        left: int,
    ) -> bool:
        """Takes ``left`` more of these devices, from ``start`` on, then meets the next request."""
        if left == 0:
            return self._request(claim, number + 1)
        held = self._held[claim]
        for at in range(start, len(offers) - left + 1):
            self._steps += 1
            if self._steps > MOST_STEPS:
                return False
            offer = offers[at]
            if not self._may_take(claim, wish, offer):
                continue
            held.append((wish[1], offer))
            self._taken.add(offer.id)
            if self._pick(claim, number, wish, offers, at + 1, left - 1):
                return True
            held.pop()
            self._taken.discard(offer.id)
        return False

    def _may_take(self, claim: int, wish: tuple[Wish, str], offer: Offer) -> bool:
        asked, name = wish
        held = self._held[claim]
        in_use = offer.id in self._taken or not self._allocator.is_free(offer)
        if asked.admin_access:
            in_use = any(offer.id == other.id for _, other in held)
        if in_use or len(held) >= MOST_DEVICES or _is_tainted(offer.device, asked):
            return False
        together = [*held, (name, offer)]
        return all(_satisfied(c, together) for c in self._demands[claim].constraints)


def _check_size(demand: Demand) -> None:
    """A claim holds only so many devices, however they are asked for."""
    least = sum(
        min(0 if w.allocation_mode == ALL else w.count for w in request.wishes())
        for request in demand.requests
    )
    if max(least, len(demand.requests)) > MOST_DEVICES:
        raise AllocationError(
            f"claim {demand.name}: number of requested devices {least} exceeds the claim limit "
            f"of {MOST_DEVICES}"
        )


def as_variable(offer: Offer) -> Mapping[str, object]:
    """The device as an expression sees it: driver, attributes and capacity by domain."""
    driver, parts = offer.id[0], offer.device
    values = {name: _value(attribute) for name, attribute in parts.attributes.items()}
    amounts = {name: cel_values.amount(c.value) for name, c in parts.capacity.items()}
    return {
        "driver": driver,
        "attributes": _by_domain(driver, values),
        "capacity": _by_domain(driver, amounts),
        "allowMultipleAllocations": False,
    }


def _by_domain(driver: str, members: Mapping[str, object]) -> cel_values.Domains:
    found: dict[str, dict[str, object]] = {}
    for name, value in members.items():
        domain, slash, plain = name.rpartition("/")
        found.setdefault(domain if slash else driver, {})[plain] = value
    return cel_values.Domains(found)


def _value(attribute: Attribute) -> object:
    if attribute.version is not None:
        return cel_values.version(attribute.version)
    values = (attribute.integer, attribute.boolean, attribute.string)
    return next((value for value in values if value is not None), None)


def _is_tainted(device: DeviceParts, wish: Wish) -> bool:
    """Device taints follow the rules of node taints."""
    taints = [Taint(key=t.key, value=t.value, effect=t.effect) for t in device.taints]
    tolerations = [
        Toleration(key=t.key, operator=t.operator, value=t.value, effect=t.effect)
        for t in wish.tolerations
    ]
    return bool(untolerated(taints, tolerations, KEEPS_OFF, comparisons=False))


def _satisfied(constraint: DeviceConstraint, held: Sequence[tuple[str, Offer]]) -> bool:
    """Whether the devices of the constraint's requests share an attribute, or all differ in it."""
    name = constraint.match_attribute or constraint.distinct_attribute or ""
    values = [_attribute(offer, name) for offer in _meant(constraint, held)]
    if any(value is None for value in values):
        return False
    different = len(set(values))
    return different <= 1 if constraint.match_attribute else different == len(values)


def _meant(constraint: DeviceConstraint, held: Sequence[tuple[str, Offer]]) -> Iterator[Offer]:
    for name, offer in held:
        names = (name, name.partition("/")[0])
        if not constraint.requests or any(n in constraint.requests for n in names):
            yield offer


def _attribute(offer: Offer, name: str) -> Attribute | None:
    """A device's attribute by its full name; the driver's own may leave the domain out."""
    attributes = offer.device.attributes
    domain, _, plain = name.rpartition("/")
    return attributes.get(name) or (attributes.get(plain) if domain == offer.id[0] else None)

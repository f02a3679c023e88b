"""What the claims of a search hold so far, and what that leaves of devices and counters.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/dynamic-resource-allocation/structured/internal/incubating/allocator_incubating.go
(allocateDevice)
"""

from collections.abc import Callable, Mapping
from fractions import Fraction

from efadoctor.scheduling.dra import amounts
from efadoctor.scheduling.dra.constraints import Constraint
from efadoctor.scheduling.dra.counters import Counters, change
from efadoctor.scheduling.dra.objects import DeviceId, Wish
from efadoctor.scheduling.dra.pools import InUse, Offer, SeenPool
from efadoctor.scheduling.dra.selection import is_tainted

Undo = Callable[[], None]


class ConstraintError(Exception):
    """A constraint of the claim keeps the device from it."""


class Holdings:
    """The devices that a search has taken, and a record of each claim's."""

    def __init__(self, in_use: InUse, constraints: list[list[Constraint]]) -> None:
        self.numbers = [0 for _ in constraints]
        self._in_use = in_use
        self._constraints = constraints
        self._whole: dict[DeviceId, set[int]] = {}
        self._shared: dict[DeviceId, dict[str, Fraction]] = {}
        self._left: dict[str, Counters] = {}
        self._counted: dict[str, dict[str, dict[str, Fraction]]] = {}

    def is_free(self, claim: int, wish: Wish, offer: Offer) -> bool:
        """Whether nobody has the device whole; admin access asks only about its own claim."""
        holders = self._whole.get(offer.id, set())
        if wish.admin_access:
            return claim not in holders
        return not holders and offer.id not in self._in_use.whole

    def is_held_by_others(self, wish: Wish, offer: Offer) -> bool:
        """Whether a claim that is allocated already has the device whole."""
        return not wish.admin_access and offer.id in self._in_use.whole

    def held(self, offer: Offer) -> amounts.Amounts:
        """What others hold of a device's capacities."""
        return self._in_use.shared.get(offer.id, {})

    def is_full(self, wish: Wish, offer: Offer) -> bool:
        """Whether others hold so much of the device that too little is left for the request."""
        return not amounts.fits(wish, offer.device.capacity, self.held(offer))

    def has_room(self, wish: Wish, offer: Offer) -> bool:
        """Whether the device has as much left of its capacities as the request takes."""
        taken = self._shared.get(offer.id, {})
        return amounts.fits(wish, offer.device.capacity, self.held(offer), taken)

    def take(self, claim: int, wish: Wish, name: str, offer: Offer, pool: SeenPool) -> Undo | None:
        """Gives the device to the claim; None where that cannot be.

        ``name`` is the request's, with the alternative's after a slash. Counters that a taint
        or a constraint then makes needless stay counted, as do those of a shared device that
        is given back. Raises ConstraintError.
        """
        device = offer.device
        shared = device.allow_multiple_allocations
        if not self.is_free(claim, wish, offer) or not self._count(offer, pool):
            return None
        if is_tainted(device, wish):
            return None
        self._constrain(claim, name, offer)
        if not shared:
            self._whole.setdefault(offer.id, set()).add(claim)
        if not self.has_room(wish, offer):
            return None
        consumed = amounts.taken(wish, device.capacity) if shared else {}
        if shared:
            self._consume(offer.id, consumed)
        self.numbers[claim] += 1

        def undo() -> None:
            for constraint in self._constraints[claim]:
                constraint.remove(name)
            self._whole.get(offer.id, set()).discard(claim)
            if shared:
                self._give_back(offer.id, consumed)
            elif device.consumes_counters:
                change(self._counted[pool.id[1]], device.consumes_counters, by=-1)
            self.numbers[claim] -= 1

        return undo

    def _is_shared(self, device: DeviceId) -> bool:
        return device in self._in_use.shared or device in self._shared

    def _consume(self, device: DeviceId, amount: Mapping[str, Fraction]) -> None:
        held = self._shared.setdefault(device, {})
        for name, value in amount.items():
            held[name] = held.get(name, Fraction()) + value

    def _give_back(self, device: DeviceId, amount: Mapping[str, Fraction]) -> None:
        if amount:
            self._consume(device, {name: -value for name, value in amount.items()})
            if not any(self._shared[device].values()):
                del self._shared[device]

    def _constrain(self, claim: int, name: str, offer: Offer) -> None:
        constraints = self._constraints[claim]
        for number, constraint in enumerate(constraints):
            if not constraint.add(name, offer):
                for earlier in constraints[:number]:
                    earlier.remove(name)
                raise ConstraintError

    def _count(self, offer: Offer, pool: SeenPool) -> bool:
        """Adds what the device consumes; False, and nothing added, where that is too much.

        A shared device consumes it once. The counters of pools of one name are the first
        pool's, whatever their drivers.
        """
        uses = offer.device.consumes_counters
        if not uses or (offer.device.allow_multiple_allocations and self._is_shared(offer.id)):
            return True
        left = self._left.setdefault(pool.id[1], pool.counters)
        counted = self._counted.setdefault(pool.id[1], {})
        change(counted, uses, by=1)
        enough = all(
            counted.get(name, {}).get(counter, Fraction()) <= value
            for name, counters in left.items()
            for counter, value in counters.items()
        )
        if not enough:
            change(counted, uses, by=-1)
        return enough

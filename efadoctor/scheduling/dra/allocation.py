"""Handing out devices: an exhaustive search for the first full solution on a node.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/dynamic-resource-allocation/structured/internal/incubating/allocator_incubating.go
The order of its questions decides what is found and which error comes first, so it is kept.
"""

from collections.abc import Mapping, Sequence
from enum import Enum, auto

import msgspec

from efadoctor.scheduling.dra import amounts
from efadoctor.scheduling.dra.cel_values import UnsupportedError
from efadoctor.scheduling.dra.constraints import constraint_of
from efadoctor.scheduling.dra.holdings import ConstraintError, Holdings
from efadoctor.scheduling.dra.objects import ALL, ClassSpec, DeviceConstraint, DeviceRequest, Wish
from efadoctor.scheduling.dra.pools import InUse, Offer, SeenPool
from efadoctor.scheduling.dra.selection import AllocationError, Selection, is_tainted

MOST_DEVICES = 32
"""The most devices that one claim can hold (AllocationResultsMaxSize)."""

MOST_STEPS = 10_000
"""How long a search on one node goes on; the scheduler gives up after ten seconds."""
MOST_STEPS_OF_ALL = 50_000
"""How long the searches for one pod go on, on all nodes together."""
MOST_LOOKS = 600_000
"""How many devices they look at: a step may look at every device that the node reaches."""
_RULED_OUT_A_LOOK = 16
"""How many of the devices that are ruled out are counted in the time of one look."""


class Shortage(Enum):
    """Why claims are not allocated: what the scheduler says of the node."""

    DEVICES = "cannot allocate all claims"
    POOLS = "invalid resource pools were encountered"


class Demand(msgspec.Struct, frozen=True):
    """A claim (namespace/name) that has to be allocated."""

    name: str
    requests: tuple[DeviceRequest, ...]
    constraints: tuple[DeviceConstraint, ...] = ()


class Allocator:
    """Tries to meet several demands at once from the pools that a node reaches."""

    def __init__(self, classes: Mapping[str, ClassSpec], in_use: InUse) -> None:
        self._selection = Selection(classes)
        self._in_use = in_use
        self._steps_left = MOST_STEPS_OF_ALL
        self._looks_left = MOST_LOOKS

    def shortage(self, demands: Sequence[Demand], pools: Sequence[SeenPool]) -> Shortage | None:
        """What keeps the demands from being met together, None where nothing does.

        Raises AllocationError, and UnsupportedError for an expression beyond ``cel`` and a
        search that is too long.
        """
        search = _Search(self._selection, self._in_use, demands, pools)
        search.steps_left = min(MOST_STEPS, self._steps_left)
        search.looks_left = self._looks_left
        try:
            if search.succeeds():
                return None
        finally:
            self._steps_left -= search.steps
            self._looks_left = search.looks_left
        return Shortage.POOLS if any(pool.invalid for pool in pools) else Shortage.DEVICES


class _Plan(msgspec.Struct, frozen=True):
    """One way to meet a request: how many devices; of ``all`` which, in which pool.

    ``ruled_out``: positions of offers that can never meet it, as far as they were looked at.
    """

    wish: Wish
    name: str
    count: int
    all: tuple[tuple[SeenPool, Offer], ...] | None = None
    ruled_out: set[int] = msgspec.field(default_factory=set)


class _Outcome(Enum):
    DONE = auto()
    NONE = auto()
    TOO_MANY = auto()
    """The claim would hold more than it can: other devices for earlier requests do not help."""


class _Search:
    """The state of one search."""

    def __init__(
        self,
        selection: Selection,
        in_use: InUse,
        demands: Sequence[Demand],
        pools: Sequence[SeenPool],
    ) -> None:
        self._selection = selection
        self._pools = pools
        self._offers = [(pool, offer) for pool in pools if pool.usable for offer in pool.offers]
        self._demands = demands
        constraints = [[constraint_of(c) for c in demand.constraints] for demand in demands]
        self._holdings = Holdings(in_use, constraints)
        self.steps = 0
        self.steps_left = MOST_STEPS
        self.looks_left = MOST_LOOKS

    def succeeds(self) -> bool:
        self._plans = [self._plans_of(demand) for demand in self._demands]
        try:
            outcome = self._request(0, 0)
        except RecursionError:
            raise UnsupportedError("more claims than any pod has") from None
        if outcome is _Outcome.TOO_MANY:
            raise AllocationError("allocation max size exceeded")
        return outcome is _Outcome.DONE

    # ---- beforehand: how many devices each request needs ----------------------

    def _plans_of(self, demand: Demand) -> list[list[_Plan]]:
        plans = [
            [self._plan(demand, request, wish) for wish in request.wishes()]
            for request in demand.requests
        ]
        least = sum(min(plan.count for plan in ways) for ways in plans)
        if least > MOST_DEVICES:
            raise AllocationError(
                f"claim {demand.name}: number of requested devices {least} exceeds the claim "
                f"limit of {MOST_DEVICES}"
            )
        return plans

    def _plan(self, demand: Demand, request: DeviceRequest, wish: Wish) -> _Plan:
        self._selection.class_of(demand.name, wish)
        name = f"{request.name}/{wish.name}" if request.first_available else request.name
        if wish.allocation_mode != ALL:
            return _Plan(wish, name, wish.count)
        found = self._everything(demand, wish, name.rpartition("/")[2])
        return _Plan(wish, name, len(found), found)

    def _everything(
        self, demand: Demand, wish: Wish, own: str
    ) -> tuple[tuple[SeenPool, Offer], ...]:
        """All devices that are selected, in use or not."""
        found: list[tuple[SeenPool, Offer]] = []
        for pool in self._pools:
            if not pool.usable:
                state = "currently being updated" if pool.incomplete else "currently invalid"
                raise AllocationError(
                    f"claim {demand.name}, request {own}: asks for all devices, but "
                    f"resource pool {'/'.join(pool.id)} is {state}"
                )
            found += [
                (pool, offer)
                for offer in pool.offers
                if self._selection.selects(demand.name, wish, offer)
                and amounts.fits(wish, offer.device.capacity, self._holdings.held(offer))
            ]
        return tuple(found)

    # ---- the search -----------------------------------------------------------

    def _request(self, claim: int, number: int) -> _Outcome:
        """Meets the request of this number, and all after it."""
        if claim == len(self._demands):
            return _Outcome.DONE
        if number == len(self._plans[claim]):
            outcome = self._request(claim + 1, 0)
            return _Outcome.NONE if outcome is _Outcome.TOO_MANY else outcome
        ways = self._plans[claim][number]
        too_many = True
        for plan in ways:
            outcome = self._device(claim, number, plan, 0, 0)
            if outcome is _Outcome.DONE:
                return outcome
            too_many = too_many and outcome is _Outcome.TOO_MANY
        return _Outcome.TOO_MANY if too_many else _Outcome.NONE

    def _device(self, claim: int, number: int, plan: _Plan, index: int, start: int) -> _Outcome:
        """Takes the device of this index, from ``start`` on, then what else is needed."""
        self.steps += 1
        if self.steps > self.steps_left:
            raise UnsupportedError("too many ways to hand out devices")
        if plan.all is not None and not plan.all:
            return _Outcome.NONE
        if index == plan.count:
            return self._request(claim, number + 1)
        if self._holdings.numbers[claim] + plan.count - index > MOST_DEVICES:
            return _Outcome.TOO_MANY
        if plan.all is not None:
            return self._exactly(claim, number, plan, index, plan.all[index])
        return self._any(claim, number, plan, index, start)

    def _any(self, claim: int, number: int, plan: _Plan, index: int, start: int) -> _Outcome:
        """Takes one device after the other until the rest can be met too."""
        needed, left = plan.count - index, self._not_ruled_out(plan, start)
        for at in range(start, len(self._offers)):
            if left < needed:
                self._look_on(claim, plan, at)
                return _Outcome.NONE
            left -= at not in plan.ruled_out
            if not self._is_candidate(claim, plan, at):
                continue
            pool, offer = self._offers[at]
            try:
                undo = self._holdings.take(claim, plan.wish, plan.name, offer, pool)
            except ConstraintError:
                continue
            if undo is None:
                continue
            outcome = self._device(claim, number, plan, index + 1, at + 1)
            if outcome is _Outcome.DONE:
                return outcome
            undo()
            if outcome is _Outcome.TOO_MANY:
                return outcome
            left = self._not_ruled_out(plan, at + 1)
        return _Outcome.NONE

    def _not_ruled_out(self, plan: _Plan, start: int) -> int:
        """How many offers from ``start`` on may meet the plan, for all that is known."""
        self._look(len(plan.ruled_out) // _RULED_OUT_A_LOOK)
        return len(self._offers) - start - sum(at >= start for at in plan.ruled_out)

    def _look(self, times: int = 1) -> None:
        self.looks_left -= times
        if self.looks_left < 0:
            raise UnsupportedError("too many devices to choose from")

    def _look_on(self, claim: int, plan: _Plan, start: int) -> None:
        """Looks at what is left although it is too little: an expression may fail."""
        for at in range(start, len(self._offers)):
            self._is_candidate(claim, plan, at)

    def _is_candidate(self, claim: int, plan: _Plan, at: int) -> bool:
        self._look()
        if at in plan.ruled_out:
            return False
        wish, offer = plan.wish, self._offers[at][1]
        if not self._holdings.is_free(claim, wish, offer):
            if self._holdings.is_held_by_others(wish, offer):
                plan.ruled_out.add(at)
            return False
        if (
            not self._selection.selects(self._demands[claim].name, wish, offer)
            or self._holdings.is_full(wish, offer)
            # a tainted device's counters count although it is refused
            or (is_tainted(offer.device, wish) and not offer.device.consumes_counters)
        ):
            plan.ruled_out.add(at)
            return False
        return self._holdings.has_room(wish, offer)

    def _exactly(
        self, claim: int, number: int, plan: _Plan, index: int, device: tuple[SeenPool, Offer]
    ) -> _Outcome:
        """Takes the one device that is next of all; without it there is no solution."""
        pool, offer = device
        try:
            undo = self._holdings.take(claim, plan.wish, plan.name, offer, pool)
        except ConstraintError:
            name, own = self._demands[claim].name, plan.name.rpartition("/")[2]
            raise AllocationError(
                f"claim {name}, request {own}: cannot add device {'/'.join(offer.id)} because a "
                "claim constraint would not be satisfied"
            ) from None
        if undo is None:
            return _Outcome.NONE
        outcome = self._device(claim, number, plan, index + 1, 0)
        if outcome is not _Outcome.DONE:
            undo()
        return outcome

"""How much of a device's capacity a request takes, where a device can be shared.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/dynamic-resource-allocation/structured/internal/incubating/consumable_capacity.go
https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#consumable-capacity
"""

from collections.abc import Mapping
from fractions import Fraction
from math import ceil

from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.structs import Quantity
from efadoctor.scheduling.dra.objects import Capacity, CapacityRange, RequestPolicy, Wish
from efadoctor.scheduling.quantity import parse

Amounts = Mapping[str, Fraction]


def exact(quantity: Quantity) -> Fraction:
    """The value; zero for what is no quantity, which the API server would not have stored."""
    try:
        return parse(quantity)
    except InvalidQuantityError:
        return Fraction()


def taken(wish: Wish, capacities: Mapping[str, Capacity]) -> dict[str, Fraction]:
    """What a request takes of each capacity: as much as it asks for, rounded by the policy.

    Where it asks for nothing it takes the policy's default, or everything.
    """
    asked = wish.capacity.requests if wish.capacity is not None else {}
    return {name: _taken(asked.get(name), has) for name, has in capacities.items()}


def fits(wish: Wish, capacities: Mapping[str, Capacity], *held: Amounts) -> bool:
    """Whether a device has so much left beside what is ``held`` of it."""
    asked = wish.capacity.requests if wish.capacity is not None else {}
    if not (asked or capacities):
        return True
    if not asked.keys() <= capacities.keys():
        return False
    return all(
        not _is_refused(amount, capacities[name].request_policy)
        and amount + sum(h.get(name, Fraction()) for h in held) <= exact(capacities[name].value)
        for name, amount in taken(wish, capacities).items()
    )


def _taken(asked: Quantity | None, capacity: Capacity) -> Fraction:
    policy = capacity.request_policy
    if asked is None:
        default = policy.default if policy is not None else None
        return exact(capacity.value if default is None else default)
    amount = exact(asked)
    if policy is None:
        return amount
    if policy.valid_range is not None and policy.valid_range.min is not None:
        return _in_steps(amount, policy.valid_range)
    return next((v for v in map(exact, policy.valid_values) if amount <= v), amount)


def _in_steps(amount: Fraction, allowed: CapacityRange) -> Fraction:
    least = exact(allowed.min or 0)
    if amount < least or allowed.step is None:
        return max(amount, least)
    step = ceil(exact(allowed.step)) or 1
    steps = ceil(Fraction(ceil(amount) - ceil(least), step))
    return Fraction(ceil(least) + step * steps)


def _is_refused(amount: Fraction, policy: RequestPolicy | None) -> bool:
    if policy is None or (policy.default is not None and amount == exact(policy.default)):
        return False
    allowed = policy.valid_range
    if allowed is None:
        return bool(policy.valid_values) and amount not in map(exact, policy.valid_values)
    if allowed.max is not None and amount > exact(allowed.max):
        return True
    step = ceil(exact(allowed.step)) if allowed.step is not None else 1
    return (ceil(amount) - ceil(exact(allowed.min or 0))) % (step or 1) != 0

"""Which devices a request means: those that its class and its own expressions select.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/dynamic-resource-allocation/cel/compile.go
"""

from collections.abc import Mapping, Sequence

from efadoctor.model.kubernetes import Taint, Toleration
from efadoctor.scheduling.dra import cel, cel_values
from efadoctor.scheduling.dra.objects import (
    Attribute,
    ClassSpec,
    DeviceParts,
    DeviceSelector,
    Wish,
)
from efadoctor.scheduling.dra.pools import Offer
from efadoctor.scheduling.taints import KEEPS_OFF, untolerated


class AllocationError(Exception):
    """The scheduler ends the whole attempt with this text."""


class Selection:
    """The answers of expressions about devices, each asked for once."""

    def __init__(self, classes: Mapping[str, ClassSpec]) -> None:
        self._classes = classes
        self._budget = cel_values.Budget(cel.MOST_WORK)
        self._selected: dict[tuple[str, str, int], bool] = {}

    def class_of(self, claim: str, wish: Wish) -> ClassSpec:
        """The class that is asked for. Raises AllocationError where there is none."""
        name = wish.device_class_name
        found = self._classes.get(name)
        if found is None:
            raise AllocationError(
                f"claim {claim}, request {wish.name}: could not retrieve device class {name}: "
                f'deviceclass.resource.k8s.io "{name}" not found'
            )
        return found

    def selects(self, claim: str, wish: Wish, offer: Offer) -> bool:
        """Whether class and request select the device, and it reaches the node.

        Raises AllocationError, and UnsupportedError for an expression beyond ``cel``.
        """
        of_class = self.class_of(claim, wish).selectors
        return (
            self._all_match(f"class {wish.device_class_name}", of_class, offer)
            and self._all_match(f"claim {claim}", wish.selectors, offer)
            and offer.reaches
        )

    def _all_match(self, whose: str, selectors: Sequence[DeviceSelector], offer: Offer) -> bool:
        for number, selector in enumerate(selectors):
            expression = selector.cel.expression
            key = (expression, offer.id[0], offer.shape)
            if key not in self._selected:
                try:
                    self._selected[key] = cel.matches(expression, as_variable(offer), self._budget)
                except cel_values.CelError as error:
                    raise AllocationError(
                        f"{whose}: selector #{number}: CEL runtime error: {error}"
                    ) from None
            if not self._selected[key]:
                return False
        return True


def is_tainted(device: DeviceParts, wish: Wish) -> bool:
    """Whether a taint keeps the device from this request; the rules of node taints hold."""
    if not device.taints:
        return False
    taints = [Taint(key=t.key, value=t.value, effect=t.effect) for t in device.taints]
    tolerations = [
        Toleration(key=t.key, operator=t.operator, value=t.value, effect=t.effect)
        for t in wish.tolerations
    ]
    return bool(untolerated(taints, tolerations, KEEPS_OFF, comparisons=False))


def as_variable(offer: Offer) -> Mapping[str, object]:
    """The device as an expression sees it: driver, attributes and capacity by domain."""
    driver, parts = offer.id[0], offer.device
    values = {name: _value(attribute) for name, attribute in parts.attributes.items()}
    amounts = {name: cel_values.amount(c.value) for name, c in parts.capacity.items()}
    return {
        "driver": driver,
        "attributes": _by_domain(driver, values),
        "capacity": _by_domain(driver, amounts),
        "allowMultipleAllocations": parts.allow_multiple_allocations,
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

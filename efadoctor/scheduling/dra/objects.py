"""The parts of ResourceClaims, ResourceSlices and DeviceClasses that allocation looks at.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/resource-claim-v1/
Version v1beta1 differs: a request has its details in itself, a device in ``basic``.
"""

from collections.abc import Mapping
from typing import Annotated, TypeVar

import msgspec
from msgspec import field

from efadoctor.model.kubernetes import DeviceClass, NodeSelector, ResourceClaim, ResourceSlice
from efadoctor.model.structs import Quantity, View, no_quantities

T = TypeVar("T")

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""Whatever is larger, the API server does not take."""

EXACT_COUNT = "ExactCount"
ALL = "All"

PoolId = tuple[str, str]
"""Driver and pool."""
DeviceId = tuple[str, str, str]
"""Driver, pool and device."""


class CelSelector(View):
    expression: str = ""


class DeviceSelector(View):
    cel: CelSelector = CelSelector()


class DeviceToleration(View):
    key: str = ""
    operator: str = ""
    value: str = ""
    effect: str = ""


class DeviceTaint(View):
    key: str = ""
    value: str = ""
    effect: str = ""


class CapacityRequests(View):
    """How much of a device's capacities is asked for, by name."""

    requests: Mapping[str, Quantity] = field(default_factory=no_quantities)


class Wish(View):
    """What is asked of devices: a class, selectors, how many, and how much of each."""

    name: str = ""
    device_class_name: str = ""
    selectors: tuple[DeviceSelector, ...] = ()
    allocation_mode: str = EXACT_COUNT
    count: Int64 = 1
    admin_access: bool = False
    tolerations: tuple[DeviceToleration, ...] = ()
    capacity: CapacityRequests | None = None


class DeviceRequest(Wish):
    """One request of a claim: exactly this, or the first of several that can be had."""

    exactly: Wish | None = None
    first_available: tuple[Wish, ...] = ()

    def wishes(self) -> tuple[Wish, ...]:
        """The alternatives, in the order of preference."""
        if self.first_available:
            return self.first_available
        return (self.exactly if self.exactly is not None else self,)


class DeviceConstraint(View):
    requests: tuple[str, ...] = ()
    match_attribute: str | None = None
    distinct_attribute: str | None = None


class DeviceClaim(View):
    requests: tuple[DeviceRequest, ...] = ()
    constraints: tuple[DeviceConstraint, ...] = ()


class ClaimSpec(View):
    devices: DeviceClaim = DeviceClaim()


class DeviceResult(View):
    driver: str = ""
    pool: str = ""
    device: str = ""
    admin_access: bool = False
    share_id: str | None = field(default=None, name="shareID")
    consumed_capacity: Mapping[str, Quantity] = field(default_factory=no_quantities)


class DeviceAllocation(View):
    results: tuple[DeviceResult, ...] = ()


class Allocation(View):
    devices: DeviceAllocation = DeviceAllocation()
    node_selector: NodeSelector | None = None


class ClaimStatus(View):
    allocation: Allocation | None = None


class ClassSpec(View):
    selectors: tuple[DeviceSelector, ...] = ()
    extended_resource_name: str = ""


class Attribute(View):
    """One typed value; the fields are named as the API names them."""

    integer: Int64 | None = field(default=None, name="int")
    boolean: bool | None = field(default=None, name="bool")
    string: str | None = None
    version: str | None = None


class CapacityRange(View):
    """What may be asked for: from ``min`` on, in steps, up to ``max``."""

    min: Quantity | None = None
    max: Quantity | None = None
    step: Quantity | None = None


class RequestPolicy(View):
    """How requests for a capacity are rounded, and which are refused."""

    default: Quantity | None = None
    valid_values: tuple[Quantity, ...] = ()
    valid_range: CapacityRange | None = None


class Capacity(View):
    value: Quantity = "0"
    request_policy: RequestPolicy | None = None


class Counter(View):
    value: Quantity = "0"


class CounterSet(View):
    """What the devices of a pool that are parts of one another share."""

    name: str = ""
    counters: Mapping[str, Counter] = field(default_factory=dict)


class CounterUse(View):
    """What a device takes of a counter set."""

    counter_set: str = ""
    counters: Mapping[str, Counter] = field(default_factory=dict)


class DeviceParts(View):
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    capacity: Mapping[str, Capacity] = field(default_factory=dict)
    taints: tuple[DeviceTaint, ...] = ()
    node_name: str = ""
    node_selector: NodeSelector | None = None
    all_nodes: bool = False
    consumes_counters: tuple[CounterUse, ...] = ()
    allow_multiple_allocations: bool = False
    binding_conditions: tuple[str, ...] = ()


class Device(DeviceParts):
    name: str = ""
    basic: DeviceParts | None = None

    @property
    def parts(self) -> DeviceParts:
        """The device's details, wherever this version keeps them."""
        return self.basic if self.basic is not None else self


class Pool(View):
    name: str = ""
    generation: Int64 = 0
    resource_slice_count: Int64 = 1


class SliceSpec(View):
    driver: str = ""
    pool: Pool = Pool()
    node_name: str = ""
    node_selector: NodeSelector | None = None
    all_nodes: bool = False
    per_device_node_selection: bool = False
    devices: tuple[Device, ...] = ()
    shared_counters: tuple[CounterSet, ...] = ()


def pool_of(spec: SliceSpec) -> PoolId:
    """The pool that a slice belongs to."""
    return spec.driver, spec.pool.name


def claim_spec(claim: ResourceClaim) -> ClaimSpec:
    """A claim's spec; an empty one where it is not of its form."""
    return _of(claim.spec, ClaimSpec) or ClaimSpec()


def claim_status(claim: ResourceClaim) -> ClaimStatus:
    """A claim's status; an empty one where it is not of its form."""
    return _of(claim.status, ClaimStatus) or ClaimStatus()


def class_spec(device_class: DeviceClass) -> ClassSpec:
    """A class's spec; an empty one where it is not of its form."""
    return _of(device_class.spec, ClassSpec) or ClassSpec()


def slice_spec(resource_slice: ResourceSlice) -> SliceSpec | None:
    """A slice's spec, None where it is not of its form."""
    return _of(resource_slice.spec, SliceSpec)


def _of(spec: object, type_: type[T]) -> T | None:
    """None for what the API server would not have taken, or has in a version to come."""
    try:
        return msgspec.convert(spec, type_)
    except msgspec.ValidationError:
        return None

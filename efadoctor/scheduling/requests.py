"""What a pod asks for, as kube-scheduler counts it.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/component-helpers/resource/helpers.go
(PodRequests), after the API server's defaults (SetDefaults_Pod),
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/apis/core/v1/defaults.go, so that a
manifest which was never admitted counts like the pod that it would become.

Sums are kept in thousandths, which is what the API server rounds each quantity to, and
rounded once at the end.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.kubernetes import (
    Container,
    ContainerStatus,
    Pod,
    PodSpec,
    PodStatus,
    Resources,
)
from efadoctor.model.structs import Quantity
from efadoctor.scheduling.quantity import from_milli, milli

HUGE_PAGES = "hugepages-"
_POD_LEVEL = frozenset({"cpu", "memory"})

Quantities = Mapping[str, Quantity]
"""Amounts as they are written, by resource."""

_Sums = dict[str, int]


def pod_requests(pod: Pod) -> Mapping[str, int]:
    """Milli for cpu, whole units for every other resource; overhead included.

    A container's request defaults from its limit, a bound pod's in-place resize counts with
    the larger of what is wanted and what is allocated. Raises InvalidQuantityError that
    names the field.
    """
    return requests_of(pod.spec, pod.status)


def requests_of(spec: PodSpec, status: PodStatus) -> dict[str, int]:
    """``pod_requests`` of a spec and a status."""
    infeasible = _resize_is_infeasible(status)
    total = _together(spec, _requested(spec, status, infeasible=infeasible))
    if spec.resources is not None:
        total |= _pod_level(spec, spec.resources, total, status, infeasible=infeasible)
    _add(total, _milli(spec.overhead, "spec.overhead"))
    return {resource: from_milli(resource, value) for resource, value in total.items()}


# ---- containers -------------------------------------------------------------


_Need = Callable[[Container, str], _Sums]
"""What a container needs; the text is the field of its resources, for messages."""


def _together(spec: PodSpec, need: _Need) -> _Sums:
    """The sum over containers and sidecars, or an init container's need where that is more.

    While an init container runs, the sidecars declared before it run too.
    """
    total: _Sums = {}
    for index, container in enumerate(spec.containers):
        _add(total, need(container, f"spec.containers[{index}].resources"))
    sidecars: _Sums = {}
    largest: _Sums = {}
    for index, container in enumerate(spec.init_containers):
        own = need(container, f"spec.initContainers[{index}].resources")
        if is_sidecar(container):
            _add(total, own)
            _add(sidecars, own)
            own = sidecars
        else:
            _add(own, sidecars)
        _raise_to(largest, own)
    _raise_to(total, largest)
    return total


def _requested(spec: PodSpec, status: PodStatus, *, infeasible: bool) -> _Need:
    """What containers request; init containers that end are not resized."""
    statuses = {s.name: s for s in (*status.container_statuses, *status.init_container_statuses)}
    for container in spec.init_containers:
        if not is_sidecar(container):
            statuses.pop(container.name, None)

    def need(container: Container, field: str) -> _Sums:
        wanted = _defaulted(container.resources, field)
        return _resized(wanted, statuses.get(container.name), infeasible=infeasible)

    return need


def _limited(container: Container, field: str) -> _Sums:
    return _milli(container.resources.limits, f"{field}.limits")


def is_sidecar(container: Container) -> bool:
    """Whether an init container keeps running beside the others."""
    return container.restart_policy == "Always"


def _defaulted(resources: Resources, field: str) -> _Sums:
    """Requests; a resource that only has a limit requests that much."""
    requests = _milli(resources.requests, f"{field}.requests")
    if len(resources.limits) > 0:
        for resource, value in _milli(resources.limits, f"{field}.limits").items():
            requests.setdefault(resource, value)
    return requests


def _resized(need: _Sums, status: ContainerStatus | None, *, infeasible: bool) -> _Sums:
    """A running container holds what it was given until a smaller request is carried out."""
    if status is None or status.resources is None:
        return need
    field = f"status.containerStatuses[{status.name}]"
    held = _milli(status.resources.requests, f"{field}.resources.requests")
    _raise_to(held, _milli(status.allocated_resources, f"{field}.allocatedResources"))
    if not infeasible:
        _raise_to(held, need)
    return held


def _resize_is_infeasible(status: PodStatus) -> bool:
    pending = next((c for c in status.conditions if c.type == "PodResizePending"), None)
    return pending is not None and pending.reason == "Infeasible"


# ---- pod level --------------------------------------------------------------


def is_pod_level(resource: str) -> bool:
    """Whether a pod may ask for this resource as a whole (``spec.resources``)."""
    return resource in _POD_LEVEL or resource.startswith(HUGE_PAGES)


def _pod_level(
    spec: PodSpec,
    resources: Resources,
    of_containers: _Sums,
    status: PodStatus,
    *,
    infeasible: bool,
) -> _Sums:
    """The pod-level requests, which stand in for the sum over its containers."""
    requests = _milli(resources.requests, "spec.resources.requests")
    limits = _milli(resources.limits, "spec.resources.limits")
    if requests or limits:
        for resource, value in _together(spec, _limited).items():
            if resource.startswith(HUGE_PAGES) and resource not in requests:
                limits.setdefault(resource, value)
    if limits:
        for resource, value in of_containers.items():
            if resource in _POD_LEVEL:
                requests.setdefault(resource, value)
        for resource, value in limits.items():
            requests.setdefault(resource, value)
    wanted = {r: v for r, v in requests.items() if is_pod_level(r)}
    if not wanted or status.resources is None:
        return wanted
    held = _milli(status.resources.requests, "status.resources.requests")
    _raise_to(held, _milli(status.allocated_resources, "status.allocatedResources"))
    if not infeasible:
        _raise_to(held, wanted)
    return {resource: held.get(resource, 0) for resource in wanted}


# ---- arithmetic -------------------------------------------------------------


def _milli(quantities: Mapping[str, Quantity], field: str) -> _Sums:
    found: _Sums = {}
    for resource, quantity in quantities.items():
        try:
            found[resource] = milli(quantity)
        except InvalidQuantityError as error:
            raise InvalidQuantityError(f"{field}[{resource}]: {error}") from None
    return found


def _add(total: _Sums, more: Mapping[str, int]) -> None:
    for resource, value in more.items():
        total[resource] = total.get(resource, 0) + value


def _raise_to(total: _Sums, other: Mapping[str, int]) -> None:
    for resource, value in other.items():
        if resource not in total or value > total[resource]:
            total[resource] = value


def summed(needs: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The sum of several pods' requests, resource by resource."""
    total: dict[str, int] = {}
    for need in needs:
        _add(total, need)
    return total


def with_quantities(pod: Pod, change: Callable[[Quantities], Quantities]) -> Pod:
    """The pod with what each container requests, and is limited to, as ``change`` makes it."""

    def changed(container: Container) -> Container:
        written = container.resources
        resources = Resources(
            limits=change(written.limits), requests=change(written.requests), claims=written.claims
        )
        return msgspec.structs.replace(container, resources=resources)

    spec = msgspec.structs.replace(
        pod.spec,
        containers=tuple(map(changed, pod.spec.containers)),
        init_containers=tuple(map(changed, pod.spec.init_containers)),
    )
    return msgspec.structs.replace(pod, spec=spec)

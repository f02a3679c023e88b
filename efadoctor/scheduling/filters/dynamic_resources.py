"""DynamicResources: the devices that a pod's ResourceClaims ask for can be had on the node.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/dynamicresources/extendeddynamicresources.go
"""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import msgspec

from efadoctor.model.kubernetes import (
    DeviceClass,
    NodeSelector,
    Pod,
    PodResourceClaim,
    ResourceClaim,
    ResourceSlice,
)
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.dra.allocation import Allocator, Demand, Shortage
from efadoctor.scheduling.dra.cel_values import UnsupportedError
from efadoctor.scheduling.dra.extended import classes_by_resource
from efadoctor.scheduling.dra.objects import (
    ClassSpec,
    DeviceRequest,
    Wish,
    claim_spec,
    claim_status,
    class_spec,
)
from efadoctor.scheduling.dra.pools import SeenPool, slices_of
from efadoctor.scheduling.dra.selection import AllocationError
from efadoctor.scheduling.filters.plugin import SKIP, Incoming, Prepared
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.refusals import ClaimRefusal, Plugin, Refusal
from efadoctor.scheduling.selectors import node_selector_matches

REASON_ELSEWHERE = "resourceclaim not available on the node"
REASON_NOT_CREATED = 'pod "{pod}": ResourceClaim not created yet'
REASON_NOT_FOUND = 'resourceclaim.resource.k8s.io "{name}" not found'
REASON_DELETED = 'resourceclaim "{name}" is being deleted'
REASON_OTHERS = "ResourceClaim {claim} was not created for Pod {pod} (Pod is not owner)"
REASON_NO_CLASS = "request {request}: device class {name} does not exist"

EXTENDED = "<extended-resources>"
"""What the scheduler calls the claim that it makes for extended resources."""


class DynamicResources(msgspec.Struct, frozen=True):
    """``demands`` are to be allocated, ``placed`` are allocated for some nodes only.

    ``delegated``: extended resources of the pod with the class that stands behind each.
    """

    snapshot: Snapshot
    namespace: str
    allocator: Allocator
    demands: tuple[Demand, ...]
    placed: tuple[tuple[str, NodeSelector], ...]
    delegated: Mapping[str, tuple[str, int]]

    def sees(self, state: NodeState) -> Hashable:
        there = tuple(
            node_selector_matches(selector, state.labels, state.name) for _, selector in self.placed
        )
        plugins = tuple(state.allocatable.get(r, 0) > 0 for r in self.delegated)
        if self.demands or not all(plugins):
            return there, plugins, slices_of(self.snapshot).sees(state)
        return there, plugins

    def refusals(self, state: NodeState) -> tuple[Refusal, ...]:
        elsewhere = tuple(
            _refusal(REASON_ELSEWHERE, claim=name)
            for name, selector in self.placed
            if not node_selector_matches(selector, state.labels, state.name)
        )
        return (*self._not_allocated(state), *elsewhere)

    def _not_allocated(self, state: NodeState) -> tuple[Refusal, ...]:
        demands = (*self.demands, *self._extended(state))
        if not demands:
            return ()
        pools = slices_of(self.snapshot).pools(state)
        try:
            shortage = self.allocator.shortage(demands, pools)
            if shortage is None:
                return ()
            alone = [d for d in demands if self._is_short(d, pools)]
        except AllocationError as error:
            return (_refusal(str(error), claim=demands[0].name, error=True),)
        except UnsupportedError as error:
            reason = f"an expression that efadoctor cannot evaluate: {error}"
            return (_refusal(reason, claim=demands[0].name, undecided=True),)
        return tuple(_of_demand(d, shortage) for d in alone or demands)

    def _is_short(self, demand: Demand, pools: tuple[SeenPool, ...]) -> bool:
        """Whether a demand cannot be met even alone, as far as the scheduler would have come."""
        try:
            return self.allocator.shortage((demand,), pools) is not None
        except (AllocationError, UnsupportedError):
            return False

    def _extended(self, state: NodeState) -> Iterator[Demand]:
        """A demand for the extended resources that no device plugin offers on this node."""
        requests = tuple(
            DeviceRequest(name=f"extended-{n}", device_class_name=class_name, count=count)
            for n, (resource, (class_name, count)) in enumerate(self.delegated.items())
            if state.allocatable.get(resource, 0) == 0
        )
        if requests:
            yield Demand(f"{self.namespace}/{EXTENDED}", requests)


def _of_demand(demand: Demand, shortage: Shortage) -> Refusal:
    wishes = [(r, w) for r in demand.requests for w in r.wishes()]
    request, wish = wishes[0] if wishes else (DeviceRequest(), Wish())
    return _refusal(
        shortage.value,
        claim=demand.name,
        request=request.name,
        device_class=wish.device_class_name,
    )


def _refusal(reason: str, **about: Any) -> ClaimRefusal:
    return ClaimRefusal(plugin=Plugin.DYNAMIC_RESOURCES, reason=reason, **about)


# ---- the pod's claims -------------------------------------------------------


def prepare(incoming: Incoming) -> Prepared:
    pod, snapshot = incoming.pod, incoming.snapshot
    mapped = classes_by_resource(snapshot)
    delegated = {
        resource: (mapped[resource], count)
        for resource, count in incoming.requests.items()
        if count > 0 and resource in mapped
    }
    if not (pod.spec.resource_claims or delegated):
        return SKIP
    needed = (ResourceClaim, DeviceClass, ResourceSlice)
    if unread := tuple(type_ for type_ in needed if not snapshot.was_read(type_)):
        return Prepared(unread=unread)
    classes = {c.metadata.name: class_spec(c) for c in snapshot.all(DeviceClass)}
    demands: list[Demand] = []
    placed: list[tuple[str, NodeSelector]] = []
    for use in pod.spec.resource_claims:
        found = _claim(snapshot, pod, use)
        if isinstance(found, ClaimRefusal):
            return Prepared(rejection=found)
        if found is None:
            continue
        name = f"{found.metadata.namespace}/{found.metadata.name}"
        allocation = claim_status(found).allocation
        if allocation is None:
            demand = _demand(name, found)
            if (missing := _missing_class(demand, classes)) is not None:
                return Prepared(rejection=missing)
            demands.append(demand)
        elif allocation.node_selector is not None:
            placed.append((name, allocation.node_selector))
    allocator = Allocator(classes, slices_of(snapshot).in_use)
    return Prepared(
        DynamicResources(
            snapshot, incoming.namespace, allocator, tuple(demands), tuple(placed), delegated
        )
    )


def _claim(
    snapshot: Snapshot, pod: Pod, use: PodResourceClaim
) -> ResourceClaim | ClaimRefusal | None:
    """The claim behind a pod's entry, why there is none, or None where none is needed."""
    name, generated = use.resource_claim_name, use.resource_claim_name is None
    full = f"{pod.metadata.namespace}/{pod.metadata.name}"
    if generated:
        status = next((s for s in pod.status.resource_claim_statuses if s.name == use.name), None)
        if status is None:
            return _absent(REASON_NOT_CREATED.format(pod=full), claim=use.name)
        name = status.resource_claim_name
    if name is None:
        return None
    found = snapshot.get(ResourceClaim, name, pod.metadata.namespace)
    if found is None:
        return _absent(REASON_NOT_FOUND.format(name=name), claim=name)
    if found.metadata.deletion_timestamp is not None:
        return _absent(REASON_DELETED.format(name=name), claim=name)
    owners = found.metadata.owner_references
    if generated and not any(o.controller and o.uid == pod.metadata.uid for o in owners):
        claim = f"{found.metadata.namespace}/{name}"
        return _absent(REASON_OTHERS.format(claim=claim, pod=full), claim=name)
    return found


def _absent(reason: str, *, claim: str) -> ClaimRefusal:
    """What keeps the pod out of the queue: PreEnqueue asks for the claims and nothing else."""
    return _refusal(reason, claim=claim, absent=True)


def _demand(name: str, claim: ResourceClaim) -> Demand:
    devices = claim_spec(claim).devices
    return Demand(name, devices.requests, devices.constraints)


def _missing_class(demand: Demand, classes: Mapping[str, ClassSpec]) -> ClaimRefusal | None:
    for request in demand.requests:
        for wish in request.wishes():
            if wish.device_class_name not in classes:
                full = f"{request.name}/{wish.name}" if request.first_available else request.name
                reason = REASON_NO_CLASS.format(request=full, name=wish.device_class_name)
                return _refusal(
                    reason,
                    claim=demand.name,
                    request=request.name,
                    device_class=wish.device_class_name,
                )
    return None

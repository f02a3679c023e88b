"""Requests that nothing could ever meet: more than any node has and any instance type offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from efadoctor.authoring import Case, Path, Snapshot
from efadoctor.model.aws import InstanceTypeInfo
from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor.model.kubernetes import DaemonSet, Node, Pod
from efadoctor.model.structs import Quantity
from efadoctor.scheduling.devices import Device, is_plugin_for
from efadoctor.scheduling.index import ClusterIndex
from efadoctor.scheduling.instance_types import COUNTED, MEMORY, known_types
from efadoctor.scheduling.karpenter.aws_capacity import capacity_of, reserved_of
from efadoctor.scheduling.karpenter.blockers import InsufficientTypes
from efadoctor.scheduling.karpenter.types import Amounts, allocatable
from efadoctor.scheduling.names import EFA
from efadoctor.scheduling.quantity import CPU, amounts, readable
from efadoctor.scheduling.refusals import InsufficientResource
from efadoctor.scheduling.requests import HUGE_PAGES, pod_requests
from efadoctor.scheduling.resource_names import KNOWN

_EVERYWHERE = frozenset({"DaemonSet", "Node"})
"""Who owns the pods that come with a node: a static pod is owned by its node."""

_DEVICES = tuple(r for r in COUNTED if r not in (CPU, MEMORY))


class Excess(msgspec.Struct, frozen=True, kw_only=True):
    """A resource of which more is asked for than there can be on one node.

    ``most`` is the most that one node can have (of those that also have what ``beside``
    names), ``holder`` where: a node or a type.
    """

    resource: str
    requested: int
    most: int = 0
    holder: str = ""
    beside: tuple[str, ...] = ()


def excesses(case: Case) -> tuple[Excess, ...]:
    """What the pod asks for in vain, whatever node it is given."""
    wanted = {r: n for r, n in case.demand.items() if n > 0 and not r.startswith(HUGE_PAGES)}
    offers = case.snapshot.once_of((Node, InstanceTypeInfo), _offers)
    single = tuple(e for r, n in wanted.items() if (e := _excess(offers, r, n)) is not None)
    return single or tuple(_beside(offers, wanted))


def efa_within_reach(case: Case) -> int:
    """How many EFA interfaces a way in must have: one, where there cannot be as many as asked."""
    wanted = case.demand.get(EFA, 0)
    return 1 if any(e.resource == EFA and not e.beside for e in excesses(case)) else wanted


def nearest_amount(case: Case, resource: str) -> int:
    """The most of a resource that the ways in which the pod selects could give it; 0 if unknown.

    What daemon pods ask for is theirs on every node.
    """
    found = [0]
    for path in case.paths:
        if path.selected and resource in _DEVICES:
            found.append(_has_of(path, resource))
        elif path.selected and path.judgement is not None:
            blockers = path.judgement.blockers
            found.extend(
                b.most - b.daemons
                for b in blockers
                if isinstance(b, InsufficientTypes) and b.resource == resource
            )
        elif path.selected:
            refusals = path.of_kind(InsufficientResource)
            theirs = _of_daemons(case, path, resource)
            found.extend(r.allocatable - theirs for r in refusals if r.resource == resource)
    return max(found)


def _of_daemons(case: Case, path: Path, resource: str) -> int:
    """How much of a resource the daemon pods of an existing node ask for.

    Device plugins' as well where they do not run yet: the pod cannot land without them.
    """
    bound = ClusterIndex.of(case.snapshot).bound
    rows = bound.by_node.get(path.nodes[0], ()) if path.nodes else ()
    pods = [p for row in rows if _comes_with_a_node(p := bound.view(row))]
    running = {o.uid for p in pods for o in p.metadata.owner_references}
    pods += [
        Pod(spec=d.spec.template.spec)
        for d in case.snapshot.all(DaemonSet)
        if d.metadata.uid not in running and any(is_plugin_for(d, v) for v in Device)
    ]
    return sum(pod_requests(p).get(resource, 0) for p in pods)


def _comes_with_a_node(pod: Pod) -> bool:
    return any(o.kind in _EVERYWHERE for o in pod.metadata.owner_references)


def _has_of(path: Path, device: str) -> int:
    """How many of a device a way in has, or would have."""
    if path.judgement is not None:
        return max((t.allocatable.get(device, 0) for t in path.judgement.closest), default=0)
    return amounts(readable(path.node.status.allocatable)).get(device, 0)


def _excess(
    offers: Mapping[str, Amounts], resource: str, requested: int, beside: tuple[str, ...] = ()
) -> Excess | None:
    if resource in KNOWN and resource not in COUNTED:
        return None
    most, holder = max(((o.get(resource, 0), name) for name, o in offers.items()), default=(0, ""))
    if requested <= most:
        return None
    return Excess(
        resource=resource,
        requested=requested,
        most=most,
        holder=holder if most else "",
        beside=beside,
    )


def _beside(offers: Mapping[str, Amounts], wanted: Mapping[str, int]) -> Iterator[Excess]:
    """What no node has together with the devices that are asked for."""
    devices = {r: n for r, n in wanted.items() if r in _DEVICES}
    if not devices:
        return
    having = {name: o for name, o in offers.items() if _has(o, devices)}
    if not having:
        scarce = next(iter(sorted(devices, key=_DEVICES.index)))
        others = {r: n for r, n in devices.items() if r != scarce}
        rest = {name: o for name, o in offers.items() if _has(o, others)}
        found = _excess(rest, scarce, devices[scarce], tuple(others))
        if found is not None:
            yield found
        return
    for resource in (CPU, MEMORY):
        found = _excess(having, resource, wanted.get(resource, 0), tuple(devices))
        if found is not None:
            yield found


def _has(offer: Amounts, wanted: Mapping[str, int]) -> bool:
    return all(offer.get(r, 0) >= n for r, n in wanted.items())


def _offers(snapshot: Snapshot) -> Mapping[str, Amounts]:
    """What each known type leaves for pods, at most, and what nodes advertise.

    Of nodes that advertise the same the first stands for all. Memory counts whole: how much of
    it a node loses depends on its AMI.
    """
    found: dict[str, Amounts] = {}
    plain = EC2NodeClass()
    for name, facts in known_types(snapshot).items():
        capacity = capacity_of(facts, plain)
        left = allocatable(capacity, reserved_of(facts, plain, capacity))
        found[name] = {**left, MEMORY: facts.count(MEMORY)}
    for name, advertised in _advertised(snapshot).items():
        try:
            found[f"node {name}"] = amounts(advertised)
        except InvalidQuantityError:
            continue  # a node whose amounts nobody can read has nothing to give
    return found


def _advertised(snapshot: Snapshot) -> dict[str, Mapping[str, Quantity]]:
    """What nodes advertise, each different set of amounts once."""
    seen: set[object] = set()
    found: dict[str, Mapping[str, Quantity]] = {}
    for node in snapshot.all(Node):
        status = node.status
        shape = (tuple(status.capacity.items()), tuple(status.allocatable.items()))
        if shape not in seen:
            seen.add(shape)
            found[node.metadata.name] = {**status.capacity, **status.allocatable}
    return found

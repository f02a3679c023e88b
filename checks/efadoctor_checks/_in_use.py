"""What others hold on a node that would otherwise do, and whom moving frees enough of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from efadoctor.authoring import Case, Path, reference
from efadoctor.model.aws import Instance, InstanceTypeInfo
from efadoctor.model.karpenter import NodeClaim
from efadoctor.model.kubernetes import Node, Pod, Workload
from efadoctor.model.reference import ObjectRef
from efadoctor.model.workloads import owners
from efadoctor.scheduling.devices import efa_interfaces
from efadoctor.scheduling.index import ClusterIndex
from efadoctor.scheduling.instance_types import known_types
from efadoctor.scheduling.names import EFA, GPU, INSTANCE_TYPE
from efadoctor.scheduling.node_states import PODS
from efadoctor.scheduling.refusals import InsufficientResource

READS = (Workload, Instance, NodeClaim, InstanceTypeInfo)

_STAYS = frozenset({"DaemonSet", "Node"})
"""Owners whose pods belong to their node: daemon pods, and static pods."""

_NODES_LOOKED_AT = 64
"""Nodes of one class are alike; the best of so many is good enough."""


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Pods of one owner on one node, and what they hold there."""

    owner: ObjectRef
    pods: tuple[Pod, ...]
    amounts: Mapping[str, int]

    @property
    def priority(self) -> int:
        return max((p.spec.priority or 0 for p in self.pods), default=0)


class InTheWay(msgspec.Struct, frozen=True, kw_only=True):
    """A holder that must go for the pod to fit, and the resource for which it was chosen."""

    resource: str
    holder: Holder
    own: bool = False


class Crowded(msgspec.Struct, frozen=True, kw_only=True):
    """A way in whose resources are taken: on ``node``, these holders would have to go.

    ``leaving``: pods that end already free enough. ``held`` is all that is requested on it.
    """

    path: Path
    node: Node
    shortage: Mapping[str, int]
    allocatable: Mapping[str, int]
    in_the_way: tuple[InTheWay, ...] = ()
    leaving: tuple[Pod, ...] = ()
    holders: tuple[Holder, ...] = ()


def crowded(case: Case) -> Iterator[Crowded]:
    """The ways in that would serve the pod but for what other pods hold."""
    for path in case.paths:
        if path.hypothetical or path.serves is False:
            continue
        requested = {r.resource: r.requested for r in path.of_kind(InsufficientResource)}
        if requested:
            found = [
                c
                for name in path.nodes[:_NODES_LOOKED_AT]
                if (c := _on(case, path, name, requested)) is not None
            ]
            if found:
                yield min(found, key=_effort)


def _effort(found: Crowded) -> tuple[object, ...]:
    """The fewest owners first, others' pods before one's own peers, then low priorities."""
    return (
        bool(found.in_the_way),
        any(i.own for i in found.in_the_way),
        len({i.holder.owner for i in found.in_the_way}),
        sum(i.holder.priority for i in found.in_the_way),
        sum(len(i.holder.pods) for i in found.in_the_way),
        found.node.metadata.name,
    )


def _on(case: Case, path: Path, name: str, requested: Mapping[str, int]) -> Crowded | None:
    """What stands in the way on one node; None where moving pods cannot help."""
    index = ClusterIndex.of(case.snapshot)
    state = index.nodes.get(name)
    if state is None:
        return None
    has = {r: _has(case, state.node, r, state.allocatable.get(r, 0)) for r in requested}
    short = {r: w + state.used.get(r, 0) - has[r] for r, w in requested.items() if w <= has[r]}
    shortage = {r: missing for r, missing in short.items() if missing > 0}
    if not shortage:
        return None
    pods = _movable(index, state.rows, shortage)
    leaving = tuple(p for p, _ in pods if p.metadata.deletion_timestamp is not None)
    need = dict(shortage)
    for pod, amounts in pods:
        if pod in leaving:
            _free(need, amounts)
    staying = [(p, a) for p, a in pods if p.metadata.deletion_timestamp is None]
    holders = _holders(case, staying)
    chosen = _chosen(case, holders, dict(_by_ref(staying)), need)
    if chosen is None:
        return None
    return Crowded(
        path=path,
        node=state.node,
        shortage=shortage,
        allocatable=has,
        in_the_way=chosen,
        leaving=leaving,
        holders=holders,
    )


def _has(case: Case, node: Node, resource: str, allocatable: int) -> int:
    """What a node has to hand out; of a device also what it would, once its plugin runs again.

    Pods keep their devices when a plugin goes, and the kubelet then advertises none.
    """
    if resource not in (EFA, GPU):
        return allocatable
    interfaces = efa_interfaces(case.snapshot, node) if resource == EFA else None
    if interfaces is not None:
        return max(allocatable, interfaces.count)
    facts = known_types(case.snapshot).get(node.metadata.labels.get(INSTANCE_TYPE, ""))
    return max(allocatable, facts.count(resource) if facts is not None else 0)


_Held = tuple[Pod, Mapping[str, int]]


def _movable(
    index: ClusterIndex, rows: tuple[int, ...], shortage: Mapping[str, int]
) -> list[_Held]:
    """The pods that hold something that is short and may go elsewhere."""
    found: list[_Held] = []
    for row in rows:
        amounts = {PODS: 1, **index.bound.profile_of[row].requests}
        if not any(amounts.get(r, 0) > 0 for r in shortage):
            continue
        pod = index.bound.view(row)
        if not any(o.kind in _STAYS for o in pod.metadata.owner_references):
            found.append((pod, amounts))
    return found


def _by_ref(held: list[_Held]) -> Iterator[tuple[ObjectRef, Mapping[str, int]]]:
    for pod, amounts in held:
        yield reference(pod), amounts


def _free(need: dict[str, int], amounts: Mapping[str, int]) -> None:
    for resource in need:
        need[resource] -= amounts.get(resource, 0)


def _holders(case: Case, held: list[_Held]) -> tuple[Holder, ...]:
    """The pods by their topmost owner, by name."""
    groups: dict[ObjectRef, list[_Held]] = {}
    for pod, amounts in held:
        chain = owners(case.snapshot, pod)
        groups.setdefault(chain[-1] if chain else reference(pod), []).append((pod, amounts))
    found: list[Holder] = []
    for owner, own in sorted(groups.items()):
        total: dict[str, int] = {}
        for _, amounts in own:
            for resource, value in amounts.items():
                total[resource] = total.get(resource, 0) + value
        pods = tuple(sorted((p for p, _ in own), key=lambda p: p.metadata.name))
        found.append(Holder(owner=owner, pods=pods, amounts=total))
    return tuple(found)


def _chosen(
    case: Case,
    holders: tuple[Holder, ...],
    held: Mapping[ObjectRef, Mapping[str, int]],
    need: dict[str, int],
) -> tuple[InTheWay, ...] | None:
    """Whose pods must go so that nothing is short any more; None where that is not enough."""
    found: list[InTheWay] = []
    left = list(holders)
    for resource in sorted(need, key=_importance):
        while need[resource] > 0:
            having = [h for h in left if h.amounts.get(resource, 0) > 0]
            if not having:
                return None
            best = min(having, key=lambda h: _preference(case, h, resource, need[resource]))
            left.remove(best)
            pods = _enough(best, held, need)
            amounts = {r: sum(held[reference(p)].get(r, 0) for p in pods) for r in need}
            _free(need, amounts)
            freed = Holder(owner=best.owner, pods=pods, amounts=amounts)
            own = best.owner in case.owners
            found.append(InTheWay(resource=resource, holder=freed, own=own))
    return tuple(found)


def _importance(resource: str) -> tuple[int, str]:
    """Devices first: who holds them mostly holds the rest as well."""
    order = {EFA: 0, GPU: 1}
    return order.get(resource, 2), resource


def _preference(case: Case, holder: Holder, resource: str, need: int) -> tuple[object, ...]:
    """Not one's own peers, low priority, an owner that suffices alone, and holds least."""
    has = holder.amounts.get(resource, 0)
    enough = has >= need
    return (
        holder.owner in case.owners,
        holder.priority,
        not enough,
        has if enough else -has,
        str(holder.owner),
    )


def _enough(
    holder: Holder, held: Mapping[ObjectRef, Mapping[str, int]], need: Mapping[str, int]
) -> tuple[Pod, ...]:
    """As few of an owner's pods as cover what they can of the need."""
    left = {r: min(n, holder.amounts.get(r, 0)) for r, n in need.items() if n > 0}
    found: list[Pod] = []

    def gain(pod: Pod) -> tuple[int, str]:
        amounts = held[reference(pod)]
        return -sum(min(n, amounts.get(r, 0)) for r, n in left.items() if n > 0), str(
            reference(pod)
        )

    candidates = list(holder.pods)
    while any(n > 0 for n in left.values()) and candidates:
        best = min(candidates, key=gain)
        candidates.remove(best)
        found.append(best)
        for resource in left:
            left[resource] -= held[reference(best)].get(resource, 0)
    return tuple(found)

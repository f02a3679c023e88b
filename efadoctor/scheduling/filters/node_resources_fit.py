"""NodeResourcesFit: what the pod requests must be free, and the node must take one more pod.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/noderesources/fit.go
"""

from collections.abc import Hashable, Mapping

import msgspec

from efadoctor.scheduling.dra.extended import classes_by_resource
from efadoctor.scheduling.filters.plugin import Incoming, Prepared
from efadoctor.scheduling.node_states import PODS, NodeState
from efadoctor.scheduling.refusals import InsufficientResource, Plugin, Refusal
from efadoctor.scheduling.requests import HUGE_PAGES

REASON = "Insufficient {resource}"
REASON_PODS = "Too many pods"

_CORE = ("cpu", "memory", "ephemeral-storage")
_ATTACHABLE = "attachable-volumes-"
_QUOTA = "requests."


class NodeResourcesFit(msgspec.Struct, frozen=True):
    """The requests that are more than zero, and one pod.

    ``levels``: each node by a number for what it has, and what is used, of these resources;
    ``delegated``: resources for which a DeviceClass stands in where the node has none.
    """

    wanted: tuple[tuple[str, int], ...]
    levels: Mapping[str, int]
    delegated: frozenset[str] = frozenset()

    def sees(self, state: NodeState) -> Hashable:
        return self.levels[state.name]

    def refusals(self, state: NodeState) -> tuple[Refusal, ...]:
        return tuple(
            _short(resource, requested, state)
            for resource, requested in self.wanted
            if requested > state.allocatable.get(resource, 0) - state.used.get(resource, 0)
            and not (resource in self.delegated and state.allocatable.get(resource, 0) == 0)
        )


def _short(resource: str, requested: int, state: NodeState) -> Refusal:
    allocatable = state.allocatable.get(resource, 0)
    is_pods = resource == PODS
    return InsufficientResource(
        plugin=Plugin.NODE_RESOURCES_FIT,
        reason=REASON_PODS if is_pods else REASON.format(resource=resource),
        unresolvable=requested > allocatable and not is_pods,
        resource=resource,
        requested=requested,
        used=state.used.get(resource, 0),
        allocatable=allocatable,
    )


def is_counted(resource: str) -> bool:
    """Whether the scheduler counts this resource at all; a name such as a bare ``efa`` it ignores.

    https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/util/utils.go
    (IsScalarResourceName)
    """
    if resource in _CORE or resource.startswith((HUGE_PAGES, _ATTACHABLE)):
        return True
    return "/" in resource and not resource.startswith(_QUOTA)


def prepare(incoming: Incoming) -> Prepared:
    asked = {r: v for r, v in incoming.requests.items() if v > 0 and is_counted(r)}
    core = [(r, asked.pop(r)) for r in _CORE if r in asked]
    wanted = ((PODS, 1), *core, *sorted(asked.items()))
    delegated = frozenset(asked) & classes_by_resource(incoming.snapshot).keys()
    levels = incoming.index.levels(tuple(r for r, _ in wanted))
    return Prepared(NodeResourcesFit(wanted, levels, delegated))

"""Room that the scheduler keeps for pods it has nominated to a node.

A pod that preempted others waits for their room; pods of no higher priority must fit
beside it (and without it, lest it never come). What it requests and its host ports are
counted here, its part in spread and affinity is not.
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/runtime/framework.go
(RunFilterPluginsWithNominatedPods)
"""

from collections.abc import Mapping

import msgspec

from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.kubernetes import Pod
from efadoctor.scheduling.filters.plugin import Incoming
from efadoctor.scheduling.index import PODS, NodeState
from efadoctor.scheduling.ports import HostPort, host_ports
from efadoctor.scheduling.requests import pod_requests, summed


class Reserved(msgspec.Struct, frozen=True):
    """What nominated pods will request, and the ports they will take, by node."""

    requests: Mapping[str, Mapping[str, int]]
    ports: Mapping[str, tuple[tuple[HostPort, int], ...]]

    @classmethod
    def of(cls, incoming: Incoming) -> "Reserved":
        """Of the nominated pods, those that the incoming one must give way to."""
        bound = incoming.index.bound
        requests: dict[str, Mapping[str, int]] = {}
        ports: dict[str, tuple[tuple[HostPort, int], ...]] = {}
        for node, rows in bound.nominated.items():
            pods = [(row, bound.view(row)) for row in rows]
            prior = [(row, pod) for row, pod in pods if _is_prior(pod, incoming.pod)]
            if prior:
                requests[node] = summed([{PODS: len(prior)}, *(_requests(p) for _, p in prior)])
                ports[node] = tuple((port, r) for r, p in prior for port in host_ports(p.spec))
        return cls(requests, ports)

    def added_to(self, state: NodeState) -> NodeState | None:
        """The node with what is reserved on it, None where nothing is."""
        more = self.requests.get(state.name)
        if more is None:
            return None
        ports = (*state.ports, *self.ports[state.name])
        return msgspec.structs.replace(state, used=summed([state.used, more]), ports=ports)


def _is_prior(pod: Pod, incoming: Pod) -> bool:
    itself = (pod.metadata.namespace, pod.metadata.name) == (
        incoming.metadata.namespace,
        incoming.metadata.name,
    )
    return not itself and (pod.spec.priority or 0) >= (incoming.spec.priority or 0)


def _requests(pod: Pod) -> Mapping[str, int]:
    try:
        return pod_requests(pod)
    except InvalidQuantityError:  # such a pod is never scheduled
        return {}

"""Room that the scheduler keeps for pods it has nominated to a node.

A pod that preempted others waits for their room; pods of no higher priority must fit
beside it (and without it, lest it never come). On its node it counts like a bound pod, in
spread and affinity too; what it is to other nodes does not count.
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/runtime/framework.go
(RunFilterPluginsWithNominatedPods)
"""

from collections.abc import Mapping

import msgspec

from efadoctor.model.kubernetes import Pod
from efadoctor.scheduling.filters.plugin import Incoming


class Reserved(msgspec.Struct, frozen=True):
    """The rows of the nominated pods that an incoming one must give way to, by node."""

    incoming: Incoming
    prior: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, incoming: Incoming) -> "Reserved":
        bound, pod = incoming.index.bound, incoming.pod
        prior = {
            node: found
            for node, rows in bound.nominated.items()
            if (found := tuple(row for row in rows if _is_prior(bound.view(row), pod)))
        }
        return cls(incoming, prior)

    def beside(self, node: str) -> Incoming | None:
        """The pod in the cluster in which those are on their node, None where there are none."""
        rows = self.prior.get(node)
        if rows is None:
            return None
        index = self.incoming.index.including(node, rows)
        return msgspec.structs.replace(self.incoming, index=index)


def _is_prior(pod: Pod, incoming: Pod) -> bool:
    itself = (pod.metadata.namespace, pod.metadata.name) == (
        incoming.metadata.namespace,
        incoming.metadata.name,
    )
    return not itself and (pod.spec.priority or 0) >= (incoming.spec.priority or 0)

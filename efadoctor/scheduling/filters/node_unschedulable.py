"""NodeUnschedulable: a cordoned node takes no new pods.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go
"""

from collections.abc import Hashable

from efadoctor.model.kubernetes import Taint
from efadoctor.scheduling.filters.plugin import SKIP, Incoming, Prepared
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.refusals import Cordoned, Plugin, Refusal
from efadoctor.scheduling.taints import NO_SCHEDULE, untolerated

REASON = "node(s) were unschedulable"
TAINT = Taint(key="node.kubernetes.io/unschedulable", effect=NO_SCHEDULE)
"""A pod that tolerates this taint tolerates ``spec.unschedulable``."""


class NodeUnschedulable:
    def sees(self, state: NodeState) -> Hashable:
        return state.node.spec.unschedulable

    def refusals(self, state: NodeState) -> tuple[Refusal, ...]:
        if not state.node.spec.unschedulable:
            return ()
        return (Cordoned(plugin=Plugin.NODE_UNSCHEDULABLE, reason=REASON),)


def prepare(incoming: Incoming) -> Prepared:
    if not untolerated((TAINT,), incoming.pod.spec.tolerations):
        return SKIP
    return Prepared(NodeUnschedulable())

"""NodeName: a pod that names its node goes nowhere else.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/nodename/node_name.go
"""

from collections.abc import Hashable

import msgspec

from efadoctor.scheduling.filters.plugin import SKIP, Incoming, Prepared
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.refusals import OtherNodeNamed, Plugin, Refusal

REASON = "node(s) didn't match the requested node name"


class NodeName(msgspec.Struct, frozen=True):
    wanted: str

    def sees(self, state: NodeState) -> Hashable:
        return state.name == self.wanted

    def refusals(self, state: NodeState) -> tuple[Refusal, ...]:
        if state.name == self.wanted:
            return ()
        return (OtherNodeNamed(plugin=Plugin.NODE_NAME, reason=REASON, wanted=self.wanted),)


def prepare(incoming: Incoming) -> Prepared:
    wanted = incoming.pod.spec.node_name
    return Prepared(NodeName(wanted)) if wanted else SKIP

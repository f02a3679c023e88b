"""NodePorts: the host ports that a pod wants must be free.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/nodeports/node_ports.go
"""

from collections.abc import Hashable

import msgspec

from efadoctor.scheduling.filters.plugin import SKIP, Incoming, Prepared
from efadoctor.scheduling.index import ClusterIndex
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.ports import HostPort, host_ports
from efadoctor.scheduling.refusals import Plugin, PortTaken, Refusal

REASON = "node(s) didn't have free ports for the requested pod ports"


class NodePorts(msgspec.Struct, frozen=True):
    wanted: tuple[HostPort, ...]
    index: ClusterIndex

    def sees(self, state: NodeState) -> Hashable:
        return state.ports

    def refusals(self, state: NodeState) -> tuple[Refusal, ...]:
        return tuple(
            PortTaken(
                plugin=Plugin.NODE_PORTS,
                reason=REASON,
                unresolvable=False,
                port=port.port,
                protocol=port.protocol,
                holder=self.index.holder(row),
            )
            for port in self.wanted
            for taken, row in state.ports
            if port.conflicts(taken)
        )


def prepare(incoming: Incoming) -> Prepared:
    wanted = host_ports(incoming.pod.spec)
    return Prepared(NodePorts(wanted, incoming.index)) if wanted else SKIP

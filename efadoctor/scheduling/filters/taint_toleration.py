"""TaintToleration: every NoSchedule and NoExecute taint of a node must be tolerated.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/tainttoleration/taint_toleration.go
"""

from collections.abc import Hashable

import msgspec

from efadoctor.model.kubernetes import Taint, Toleration
from efadoctor.model.version import ServerVersion
from efadoctor.scheduling.filters.plugin import Incoming, Prepared
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.refusals import Plugin, Refusal, UntoleratedTaint
from efadoctor.scheduling.taints import untolerated

REASON = "node(s) had untolerated taint(s)"
REASON_WITH_TAINT = "node(s) had untolerated taint {{{key}: {value}}}"

# Taints left the message with https://github.com/kubernetes/kubernetes/pull/134740; the
# first patch release of 1.34 after https://github.com/kubernetes/kubernetes/pull/135023.
FIRST_WITHOUT_TAINT = ServerVersion(1, 34, 2)


def reason(version: ServerVersion, taint: Taint) -> str:
    """What a scheduler of this version says of an untolerated taint; unknown reads as newest."""
    if version and version < FIRST_WITHOUT_TAINT:
        return REASON_WITH_TAINT.format(key=taint.key, value=taint.value)
    return REASON


class TaintToleration(msgspec.Struct, frozen=True):
    tolerations: tuple[Toleration, ...]
    version: ServerVersion

    def sees(self, state: NodeState) -> Hashable:
        return state.taints

    def refusals(self, state: NodeState) -> tuple[Refusal, ...]:
        return tuple(
            UntoleratedTaint(
                plugin=Plugin.TAINT_TOLERATION,
                reason=reason(self.version, taint),
                taint=taint,
                index=index,
            )
            for index, taint in untolerated(state.node.spec.taints, self.tolerations)
        )


def prepare(incoming: Incoming) -> Prepared:
    return Prepared(TaintToleration(incoming.pod.spec.tolerations, incoming.version))

"""NodeDeclaredFeatures: the kubelet must know what the pod makes use of.

On by default from 1.36. Of the features that nodes declare, two matter to scheduling.
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/nodedeclaredfeatures/nodedeclaredfeatures.go
https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/component-helpers/nodedeclaredfeatures/features/registry.go
"""

from collections.abc import Hashable, Iterator

import msgspec

from efadoctor.model.kubernetes import PodSpec
from efadoctor.model.version import ServerVersion
from efadoctor.scheduling.filters.plugin import SKIP, Incoming, Prepared
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.refusals import FeaturesUndeclared, Plugin, Refusal

REASON = "node(s) didn't match Pod's required features"
FIRST = ServerVersion(1, 36)

RESTART_ALL = "RestartAllContainersOnContainerExits"
USER_NAMESPACES_ON_HOST = "UserNamespacesHostNetworkSupport"


class NodeDeclaredFeatures(msgspec.Struct, frozen=True):
    needed: frozenset[str]

    def sees(self, state: NodeState) -> Hashable:
        return state.node.status.declared_features

    def refusals(self, state: NodeState) -> tuple[Refusal, ...]:
        lacking = self.needed.difference(state.node.status.declared_features)
        if not lacking:
            return ()
        return (
            FeaturesUndeclared(
                plugin=Plugin.NODE_DECLARED_FEATURES,
                reason=REASON,
                features=tuple(sorted(lacking)),
            ),
        )


def prepare(incoming: Incoming) -> Prepared:
    needed = frozenset(_needed(incoming.pod.spec))
    known = not incoming.version or incoming.version >= FIRST
    return Prepared(NodeDeclaredFeatures(needed)) if needed and known else SKIP


def _needed(spec: PodSpec) -> Iterator[str]:
    rules = [r for c in (*spec.containers, *spec.init_containers) for r in c.restart_policy_rules]
    if any(rule.action == "RestartAllContainers" for rule in rules):
        yield RESTART_ALL
    if spec.host_network and spec.host_users is False:
        yield USER_NAMESPACES_ON_HOST

"""Where the DaemonSet controller wants a pod: not the scheduler's rules, but close to them.

The controller asks for the template's node name, selector and affinity, and for the
taints, which its pods tolerate more of. It does not look at resources; the scheduler does
once the pod is made.
https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/controller/daemon/daemon_controller.go
(NodeShouldRunDaemonPod)
"""

from collections.abc import Mapping
from typing import Any

from efadoctor.model.decoding import view_of
from efadoctor.model.kubernetes import DaemonSet, Node, Pod, PodSpec, Toleration
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.version import ServerVersion
from efadoctor.scheduling.filters import node_affinity, node_name, taint_toleration
from efadoctor.scheduling.refusals import OtherNodeNamed, Plugin, Refusal, UntoleratedTaint
from efadoctor.scheduling.selectors import required_affinity
from efadoctor.scheduling.taints import NO_EXECUTE, NO_SCHEDULE, untolerated

_CONDITION = "node.kubernetes.io/"


def _every(key: str, effect: str) -> Toleration:
    return Toleration(key=_CONDITION + key, operator="Exists", effect=effect)


TOLERATIONS = (
    _every("not-ready", NO_EXECUTE),
    _every("unreachable", NO_EXECUTE),
    _every("disk-pressure", NO_SCHEDULE),
    _every("memory-pressure", NO_SCHEDULE),
    _every("pid-pressure", NO_SCHEDULE),
    _every("unschedulable", NO_SCHEDULE),
)
"""What the controller adds to every daemon pod.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/controller/daemon/util/daemonset_util.go
"""

HOST_NETWORK_TOLERATION = _every("network-unavailable", NO_SCHEDULE)
"""What it adds besides to one on the host network."""


def daemon_tolerations(spec: PodSpec) -> tuple[Toleration, ...]:
    """The tolerations that the pods of this template have."""
    more = (HOST_NETWORK_TOLERATION,) if spec.host_network else ()
    return (*spec.tolerations, *TOLERATIONS, *more)


def daemonset_nodes(snapshot: Snapshot, daemonset: Mapping[str, Any] | DaemonSet) -> list[str]:
    """The names of the nodes on which the controller wants a pod, in the snapshot's order.

    Raises UnreadableInputError where ``daemonset`` is none.
    """
    view = view_of(daemonset, DaemonSet)
    return [n.metadata.name for n in snapshot.all(Node) if not daemonset_verdict(view, n)]


def daemonset_verdict(
    daemonset: DaemonSet, node: Node, version: ServerVersion | None = None
) -> tuple[Refusal, ...]:
    """Every fact that keeps the DaemonSet off a node, existing or not; none where it runs.

    The reasons are worded as the scheduler of ``version`` would: the controller says nothing.
    """
    spec = daemonset.spec.template.spec
    return (
        *_other_node(spec, node),
        *_untolerated(spec, node, version or ServerVersion()),
        *node_affinity.unmet(
            spec, required_affinity(spec), node.metadata.labels, node.metadata.name
        ),
    )


def _other_node(spec: PodSpec, node: Node) -> tuple[Refusal, ...]:
    if spec.node_name in ("", node.metadata.name):
        return ()
    reason, wanted = node_name.REASON, spec.node_name
    return (OtherNodeNamed(plugin=Plugin.NODE_NAME, reason=reason, wanted=wanted),)


def _untolerated(spec: PodSpec, node: Node, version: ServerVersion) -> tuple[Refusal, ...]:
    return tuple(
        UntoleratedTaint(
            plugin=Plugin.TAINT_TOLERATION,
            reason=taint_toleration.reason(version, taint),
            taint=taint,
            index=index,
        )
        for index, taint in untolerated(node.spec.taints, daemon_tolerations(spec))
    )


def planned_node(pod: Pod) -> str:
    """The node that the DaemonSet controller means a pod for that is not bound yet, "" without.

    It writes the name into a matchFields term on metadata.name:
    https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#how-daemon-pods-are-scheduled
    """
    affinity = pod.spec.affinity.node_affinity if pod.spec.affinity else None
    terms = affinity.required.node_selector_terms if affinity and affinity.required else ()
    fields = (r for t in terms for r in t.match_fields if r.key == "metadata.name" and r.values)
    return next((r.values[0] for r in fields), "")

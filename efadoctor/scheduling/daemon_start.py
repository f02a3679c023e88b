"""Whether the pods of a DaemonSet can start at all, on whatever node.

Some failures are the template's: the API server rejects the pods, the image cannot be
pulled, the container's configuration contradicts the image. A node that does not exist yet
would see them too. A crash is not among them: it may be the node's.
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states
"""

from __future__ import annotations

from efadoctor.model.kubernetes import ContainerState, DaemonSet, Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling import pod_security

TEMPLATE_REASONS = frozenset(
    {
        "CreateContainerConfigError",
        "ErrImageNeverPull",
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
    }
)
"""Waiting reasons that come from the template, where every pod of it has one of them."""

STARTING = frozenset({"", "ContainerCreating", "PodInitializing"})
"""Waiting reasons that a container has on its way."""


def daemon_pods(snapshot: Snapshot, daemonset: DaemonSet) -> tuple[Pod, ...]:
    """The pods of a DaemonSet that are not being deleted."""
    return snapshot.once(_pods_by_owner).get(daemonset.metadata.uid, ())


def _pods_by_owner(snapshot: Snapshot) -> dict[str, tuple[Pod, ...]]:
    found: dict[str, list[Pod]] = {}
    for pod in snapshot.all(Pod):
        for owner in pod.metadata.owner_references:
            if owner.kind == "DaemonSet" and pod.metadata.deletion_timestamp is None:
                found.setdefault(owner.uid, []).append(pod)
    return {uid: tuple(pods) for uid, pods in found.items()}


def waiting_reason(pod: Pod) -> str:
    """Why a container of a pod does not run, in the kubelet's word; "" where none says so.

    Init containers count first: the others wait for them.
    """
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    reasons = (_reason(s.state) for s in statuses)
    return next((r for r in reasons if r not in STARTING), "")


def _reason(state: ContainerState) -> str:
    return state.waiting.reason if state.waiting is not None else ""


def is_rejected(snapshot: Snapshot, daemonset: DaemonSet) -> bool:
    """Whether Pod Security admission keeps new pods of a DaemonSet out of its namespace."""
    level = pod_security.enforced_level(snapshot, daemonset.metadata.namespace)
    return pod_security.violation(daemonset.spec.template.spec, level) is not None


def template_failure(snapshot: Snapshot, daemonset: DaemonSet) -> str:
    """The waiting reason that all pods of a DaemonSet have from its template; "" for none."""
    reasons = {waiting_reason(p) for p in daemon_pods(snapshot, daemonset)}
    return min(reasons) if reasons and reasons <= TEMPLATE_REASONS else ""


def can_start(snapshot: Snapshot, daemonset: DaemonSet) -> bool:
    """Whether a pod of the DaemonSet would start on one more node."""
    return not is_rejected(snapshot, daemonset) and not template_failure(snapshot, daemonset)

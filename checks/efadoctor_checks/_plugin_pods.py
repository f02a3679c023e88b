"""The pod that a device plugin has on a node, and how far it has come."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

from efadoctor.authoring import Case, Evidence, reference
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.scheduling.daemon_start import STARTING, is_rejected, waiting_reason
from efadoctor.scheduling.devices import plugins
from efadoctor.scheduling.index import ClusterIndex
from efadoctor.scheduling.prediction import judge_node
from efadoctor.scheduling.refusals import InsufficientResource
from efadoctor_checks import _ages, _plugins

REJECTED = "rejected by Pod Security admission"
NO_POD = "no pod"
UNSCHEDULED = "unscheduled"
NOT_READY = "not ready"
NOT_STARTED = "not started"
NOTHING_FOUND = "nothing advertised"


SEVERAL_RESTARTS = 3
"""So often a container ends only where something ends it each time."""

STAYS_UP = timedelta(minutes=1)
"""A plugin that lives this long has found its devices, or waits for some; one that ends finds none
and says so at once (https://github.com/aws/sagemaker-hyperpod-cli/issues/367)."""


class State(Enum):
    """How far a plugin is on a node."""

    ELSEWHERE = "another check's business"
    STARTING = "about to run"
    RUNNING = "runs and is ready"
    FAILED = "should run and does not"


def state_on(case: Case, way: _plugins.Unadvertised) -> tuple[State, str, str | None]:
    """A plugin's state on a node that is ready; why it failed, or since when it starts."""
    plugin, snapshot = way.plugin, case.snapshot
    if plugin is None:
        return State.ELSEWHERE, "", None
    pod = plugin.pod
    if pod is None:
        return _without_pod(case, way)
    created = pod.metadata.creation_timestamp
    if _ages.is_ready(pod):
        since = serving_since(case, way)
        if crash := _between_crashes(case, pod):
            return State.FAILED, crash, None
        young = _ages.is_within(snapshot, since, _ages.STARTS_WITHIN)
        return (State.STARTING if young else State.RUNNING), "", since
    reason = waiting_reason(pod) or _ended(pod)
    if reason:
        return State.FAILED, reason, None
    if _ages.is_within(snapshot, created, _ages.STARTS_WITHIN):
        return State.STARTING, "", created
    if not pod.spec.node_name:
        return _unscheduled(case, way, pod)
    runs = any(c.state.running is not None for c in pod.status.container_statuses)
    return State.FAILED, NOT_READY if runs else NOT_STARTED, None


def _without_pod(case: Case, way: _plugins.Unadvertised) -> tuple[State, str, str | None]:
    plugin, snapshot = way.plugin, case.snapshot
    if plugin is None or not snapshot.was_read_whole(Pod):
        return State.ELSEWHERE, "", None
    if is_rejected(snapshot, plugin.daemonset):
        return State.FAILED, REJECTED, None
    created = plugin.daemonset.metadata.creation_timestamp
    ready = _ages.newest_ready(snapshot, way.path.nodes)
    since = _ages.latest((ready, created))
    if _ages.is_within(snapshot, since, _ages.STARTS_WITHIN):
        return State.STARTING, "", since
    return State.FAILED, NO_POD, None


def _unscheduled(case: Case, way: _plugins.Unadvertised, pod: Pod) -> tuple[State, str, str | None]:
    """A plugin's pod that waits for room which the pod itself lacks too is EFA503's."""
    short = {r.resource for r in way.path.of_kind(InsufficientResource)}
    state = ClusterIndex.of(case.snapshot).nodes.get(way.path.node.metadata.name)
    refusals = judge_node(case.snapshot, pod, way.path.node, state.used if state else None)
    if any(isinstance(r, InsufficientResource) and r.resource in short for r in refusals):
        return State.ELSEWHERE, "", None
    return State.FAILED, UNSCHEDULED, None


def _between_crashes(case: Case, pod: Pod) -> str:
    """Why a container has ended again and again that has just been started once more; "" for none.

    Without a readiness probe a container is ready from its start to its crash.
    """
    for status in pod.status.container_statuses:
        before, since = status.last_state.terminated, _ages.running_since(status.state)
        often = status.restart_count >= SEVERAL_RESTARTS
        if before is not None and often and _ages.is_within(case.snapshot, since, STAYS_UP):
            return before.reason or "Error"
    return ""


def _ended(pod: Pod) -> str:
    """Why a container has ended, or the pod has failed as a whole; "" for neither."""
    if pod.status.phase == "Failed":
        return pod.status.reason or "Failed"
    for status in pod.status.container_statuses:
        if status.state.terminated is not None:
            return status.state.terminated.reason or "Error"
    return ""


# ---- a plugin that runs -----------------------------------------------------


def is_served(case: Case, way: _plugins.Unadvertised) -> bool:
    """Whether a plugin that is ready serves the node, its own or one that came with the AMI."""
    if way.plugin is not None:
        pod = way.plugin.pod
        return pod is not None and _ages.is_ready(pod) and not _between_crashes(case, pod)
    if way.ships:
        return True
    others = case.snapshot.all(Node) if not plugins(case.snapshot, way.device) else ()
    return any(str(n.status.allocatable.get(way.device.value, "0")) != "0" for n in others)


def serving_since(case: Case, way: _plugins.Unadvertised) -> str | None:
    """Since when both the node (of several, the newest) and the plugin's containers are up."""
    pod = way.plugin.pod if way.plugin is not None else None
    statuses = pod.status.container_statuses if pod is not None else ()
    started = (_ages.running_since(s.state) for s in statuses)
    ready = _ages.newest_ready(case.snapshot, way.path.nodes)
    return _ages.latest((ready, *started))


# ---- evidence ---------------------------------------------------------------


def readiness_evidence(pod: Pod) -> Evidence:
    """Whether a plugin's pod is ready."""
    at = _ages.index_of(pod.status.conditions, "Ready")
    if at is None:
        return Evidence(object=reference(pod), field="status.phase", value=pod.status.phase)
    status = pod.status.conditions[at].status
    return Evidence(object=reference(pod), field=f"status.conditions[{at}].status", value=status)


def failure_evidence(pod: Pod) -> Evidence:
    """What the kubelet says of the container that does not run."""
    lists = (
        ("initContainerStatuses", pod.status.init_container_statuses),
        ("containerStatuses", pod.status.container_statuses),
    )
    for name, statuses in lists:
        for at, status in enumerate(statuses):
            waiting, ended = status.state.waiting, status.state.terminated
            field = f"status.{name}[{at}].state"
            if waiting is not None and waiting.reason not in STARTING:
                return Evidence(
                    object=reference(pod),
                    field=f"{field}.waiting.reason",
                    value=waiting.reason,
                    note=waiting.message[:300],
                )
            if ended is not None and name == "containerStatuses":
                return Evidence(
                    object=reference(pod), field=f"{field}.terminated.reason", value=ended.reason
                )
    return _restarts(pod) or _initializing(pod) or readiness_evidence(pod)


def _initializing(pod: Pod) -> Evidence | None:
    """The init container that the others wait for, None where none runs."""
    for at, status in enumerate(pod.status.init_container_statuses):
        if status.state.running is not None:
            return Evidence(
                object=reference(pod),
                field=f"status.initContainerStatuses[{at}].state.running.startedAt",
                value=status.state.running.started_at,
                note=f"init container {status.name} has not ended since",
            )
    return None


def _restarts(pod: Pod) -> Evidence | None:
    """How often the container has been started again, None where that is not worth a word."""
    for at, status in enumerate(pod.status.container_statuses):
        if status.restart_count >= SEVERAL_RESTARTS:
            before = status.last_state.terminated
            return Evidence(
                object=reference(pod),
                field=f"status.containerStatuses[{at}].restartCount",
                value=status.restart_count,
                note=f"it last ended with {before.reason or 'Error'}" if before else "",
            )
    return None

"""A device plugin that should run on a node and does not (EFA404, EFA414)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import (
    Awaited,
    Case,
    Change,
    Command,
    Deletion,
    Evidence,
    Finding,
    Fix,
    Risk,
    Setting,
    Untold,
    daemonset_fix,
    reference,
    set_field,
)
from efadoctor.model.kubernetes import DaemonSet, Event, Namespace, Pod
from efadoctor.model.reference import ObjectRef
from efadoctor.scheduling import pod_security
from efadoctor.scheduling.daemon_start import daemon_pods, is_rejected, template_failure
from efadoctor.scheduling.devices import Device
from efadoctor_checks import _advertised_names, _ages, _plugin_pods, _plugins
from efadoctor_checks._plugin_pods import State

READS = (*_plugins.READS, Namespace, Event)

CRASHES = frozenset({"CrashLoopBackOff", "Completed", "Error", "OOMKilled", "ContainerCannotRun"})
"""What the kubelet says of a container that has started and ended."""


def findings(case: Case, device: Device) -> Iterator[Finding | Awaited | Untold]:
    """One finding for each plugin and each reason why its pods do not run.

    An EFA plugin that crashes is not blamed where nobody can see whether the node has an EFA
    interface: without one it crashes too, and the node is what must change.
    """
    failed: list[tuple[_plugins.Unadvertised, str]] = []
    for way in _plugins.unadvertised(case, device):
        found = _state(case, way)
        if found.state is State.FAILED and found.reason in CRASHES and _is_unseen(way):
            yield Untold(
                paths=frozenset({way.path.id}),
                what=f"the EFA device plugin crashes on {way.where}, as it does where an instance "
                "has no EFA interface, and aws/ec2/describe-instances was not read",
            )
        elif found.state is State.FAILED:
            failed.append((way, found.reason))
        elif found.state is State.STARTING:
            yield Awaited(
                paths=frozenset({way.path.id}),
                what=f"the {_plugins.NAMES[device]} device plugin is starting on {way.where}",
                evidence=(_plugins.allocatable_evidence(way),),
                since=found.since,
                until=_ages.deadline(found.since, _ages.STARTS_WITHIN),
            )
    for reason, blamed in _plugins.grouped(iter(failed)):
        yield _finding(case, device, blamed, reason)


def _is_unseen(way: _plugins.Unadvertised) -> bool:
    """Whether it is not known how many EFA interfaces the existing node has."""
    return way.device is Device.EFA and not way.path.hypothetical and way.interfaces is None


class _Found(msgspec.Struct, frozen=True):
    """The state of a plugin on a way in; why it failed, or since when it starts."""

    state: State
    reason: str = ""
    since: str | None = None


def _state(case: Case, way: _plugins.Unadvertised) -> _Found:
    plugin = way.plugin
    if plugin is None:
        return _Found(State.ELSEWHERE)
    if way.path.hypothetical or (plugin.refusals and plugin.pod is None):
        reason = _at_all(case, plugin.daemonset)
        return _Found(State.FAILED, reason) if reason else _Found(State.ELSEWHERE)
    if not _ages.is_ready(way.path.node):
        return _Found(State.ELSEWHERE)
    state, reason, since = _plugin_pods.state_on(case, way)
    if way.device is Device.EFA and _plugin_pods.is_served(case, way):
        return _Found(State.ELSEWHERE)
    if state is State.RUNNING:
        return _Found(State.FAILED, _plugin_pods.NOTHING_FOUND)
    if state is State.FAILED and way.lacks_interfaces and reason in CRASHES:
        return _Found(State.ELSEWHERE)
    return _Found(state, reason, since)


def _at_all(case: Case, daemonset: DaemonSet) -> str:
    """Why the plugin's pods could start nowhere, wanted there yet or not; "" where they could."""
    if is_rejected(case.snapshot, daemonset):
        return _plugin_pods.REJECTED
    return template_failure(case.snapshot, daemonset)


# ---- the finding ------------------------------------------------------------


def _finding(case: Case, device: Device, blamed: _plugins.Blamed, reason: str) -> Finding:
    name = _plugins.NAMES[device]
    why = _WORDS.get(reason, _ENDS if reason in CRASHES else f"its pod does not run ({reason})")
    others = _advertised_names.other_names(blamed) if reason == _plugin_pods.NOTHING_FOUND else ()
    if others:
        why = f"it advertises {' and '.join(others)} instead of {device.value}"
    return Finding(
        object=blamed.ref,
        summary=f"The {name} device plugin ({blamed.ref.name}) fails on {blamed.where}: {why}.",
        evidence=(
            *_evidence(case, blamed, reason),
            *_advertised_names.evidence(blamed, others),
            *_plugins.advertised(blamed.ways),
        ),
        chain=(
            f"DaemonSet {blamed.ref.name} wants a pod on {blamed.where}.",
            f"There {why}.",
            _plugins.consequence(blamed),
        ),
        fixes=(_advertised_names.fix(blamed, others),)
        if others
        else _fixes(case, device, blamed, reason),
        paths=blamed.path_ids,
        change=Change.DAEMONSET,
        key=reason,
    )


_PULLED = frozenset({"ImagePullBackOff", "ErrImagePull", "InvalidImageName"})
_ENDS = "its container starts and ends, again and again"
_WORDS = {
    _plugin_pods.REJECTED: "Pod Security admission of its namespace rejects its pods",
    _plugin_pods.NO_POD: "the DaemonSet controller has made no pod",
    _plugin_pods.UNSCHEDULED: "the scheduler finds no room for its pod",
    _plugin_pods.NOT_READY: "its pod runs and is not ready",
    _plugin_pods.NOT_STARTED: "its container has not started",
    _plugin_pods.NOTHING_FOUND: "it runs and advertises too few GPUs",
    "CreateContainerConfigError": "the configuration of its container is refused",
    "ImagePullBackOff": "its image cannot be pulled",
    "ErrImagePull": "its image cannot be pulled",
    "InvalidImageName": "its image has no valid name",
}


def _pods(case: Case, blamed: _plugins.Blamed) -> tuple[Pod, ...]:
    """The pods that fail: those of the ways in, else (none there yet) all of the DaemonSet."""
    own = tuple(
        w.plugin.pod for w in blamed.ways if w.plugin is not None and w.plugin.pod is not None
    )
    return own or daemon_pods(case.snapshot, blamed.daemonset)


def _evidence(case: Case, blamed: _plugins.Blamed, reason: str) -> Iterator[Evidence]:
    template = "spec.template.spec"
    if reason == _plugin_pods.REJECTED:
        namespace = blamed.ref.namespace
        level = pod_security.enforced_level(case.snapshot, namespace)
        violated = pod_security.violation(blamed.daemonset.spec.template.spec, level)
        yield Evidence(
            object=ObjectRef("v1", "Namespace", "", namespace),
            field=f'metadata.labels["{pod_security.ENFORCE}"]',
            value=level,
            expected=pod_security.PRIVILEGED,
        )
        if violated is not None:
            value = violated.resolve(blamed.daemonset.spec.template.spec)
            yield Evidence(
                object=blamed.ref,
                field=f"{template}.{violated}",
                value=value,
                note=f"level {level} does not allow it",
            )
        yield from _refused_creations(case, blamed)
        return
    pods = _pods(case, blamed)
    if not pods:
        status = blamed.daemonset.status
        yield Evidence(
            object=blamed.ref,
            field="status.currentNumberScheduled",
            value=status.current_number_scheduled,
            expected=status.desired_number_scheduled,
        )
        yield from _refused_creations(case, blamed)
        return
    yield _plugin_pods.failure_evidence(pods[0])
    for field in _root_forbidden(blamed.daemonset) if _is_config(reason) else ():
        yield Evidence(
            object=blamed.ref,
            field=f"{template}.{field}",
            value=True,
            note="the image runs as root",
        )


def _refused_creations(case: Case, blamed: _plugins.Blamed) -> Iterator[Evidence]:
    """The newest event that says a pod of the DaemonSet could not be made (by its reason)."""
    refused = [
        e
        for e in case.snapshot.all(Event)
        if e.reason == "FailedCreate"
        and (e.involved_object.kind, e.involved_object.name) == ("DaemonSet", blamed.ref.name)
    ]
    for event in refused[-1:]:
        yield Evidence(
            object=reference(event), field="reason", value=event.reason, note=event.message[:300]
        )


# ---- fixes ------------------------------------------------------------------


def _is_config(reason: str) -> bool:
    return reason == "CreateContainerConfigError"


def _root_forbidden(daemonset: DaemonSet) -> tuple[str, ...]:
    """The fields that forbid containers to run as root, relative to the pod spec."""
    spec = daemonset.spec.template.spec
    found = [
        f"containers[{n}].securityContext.runAsNonRoot"
        for n, c in enumerate(spec.containers)
        if c.security_context is not None and c.security_context.run_as_non_root
    ]
    if spec.security_context is not None and spec.security_context.run_as_non_root:
        found.append("securityContext.runAsNonRoot")
    return tuple(found)


def _fixes(case: Case, device: Device, blamed: _plugins.Blamed, reason: str) -> tuple[Fix, ...]:
    if reason == _plugin_pods.REJECTED:
        return _admitting(case, blamed)
    if _is_config(reason) and (fields := _root_forbidden(blamed.daemonset)):
        own = fields == ("containers[0].securityContext.runAsNonRoot",) and device is Device.EFA
        return daemonset_fix(
            blamed.daemonset,
            tuple(Setting(f, value=False) for f in fields),
            title="Let the plugin run as root, as its image does",
            values={"securityContext.runAsNonRoot": False} if own else None,
        )
    pods = _pods(case, blamed)
    if not pods:
        look = ("kubectl", "describe", f"daemonset/{blamed.ref.name}", "-n", blamed.ref.namespace)
        return (_look("See why the DaemonSet makes no pod", look, "no object tells why"),)
    name, namespace = pods[0].metadata.name, pods[0].metadata.namespace
    instead = _pods_there_now(blamed.daemonset, pods[0])
    if reason in CRASHES or reason == _plugin_pods.NOTHING_FOUND:
        why = "only the plugin's log says why"
        look = ("kubectl", "logs", f"pod/{name}", "-n", namespace)
        previous = ("--previous",) if reason in CRASHES else ()
        return (
            _look("Read the plugin's log", (*look, *previous), why, instead),
            Fix(
                title="Restart the plugin's pod",
                edits=(Deletion(target=reference(pods[0])),),
                risk=Risk.RESTARTS,
                unprovable=why,
            ),
        )
    look = ("kubectl", "describe", f"pod/{name}", "-n", namespace)
    pulled = reason in _PULLED
    why = "no copy can pull an image" if pulled else "what it waits for shows on its node"
    return (_look("See why the plugin's pod does not run", look, why, instead),)


def _look(title: str, argv: tuple[str, ...], why: str, instead: tuple[str, ...] = ()) -> Fix:
    return Fix(title=title, edits=(Command(argv=argv, instead=instead),), unprovable=why)


def _pods_there_now(daemonset: DaemonSet, pod: Pod) -> tuple[str, ...]:
    """Lists what the DaemonSet has made on the pod's node since, where the pod is gone."""
    labels = ",".join(f"{k}={v}" for k, v in daemonset.spec.selector.match_labels.items())
    chosen = (f"--selector={labels}",) if labels else ()
    on = f"--field-selector=spec.nodeName={pod.spec.node_name}"
    return ("kubectl", "get", "pods", "-n", pod.metadata.namespace, *chosen, on, "-o", "wide")


def _admitting(case: Case, blamed: _plugins.Blamed) -> tuple[Fix, ...]:
    namespace = case.snapshot.get(Namespace, blamed.ref.namespace)
    if namespace is None:
        return ()
    field = f'metadata.labels["{pod_security.ENFORCE}"]'
    return (
        Fix(
            title=f"Let namespace {blamed.ref.namespace} run privileged pods",
            edits=(set_field(namespace, field, pod_security.PRIVILEGED),),
            warning=(
                "Everybody who may create pods in this namespace may then create privileged ones."
            ),
        ),
    )

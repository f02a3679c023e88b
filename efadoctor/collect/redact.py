"""What is dropped at the door, before anything is kept: secrets that no check reads.

The first redaction is not to ask: no Secret and no ConfigMap but ``aws-auth`` is ever read,
and typed views have no field for commands, arguments, volumes of secrets or managed fields.
What remains is dropped here, in the moment in which an object has been decoded: environment
variables, annotations and user data but for what a check reads, and the free-form parts of
workloads and device claims. ``tokens`` replaces identities, later and only in a capture.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from efadoctor.collect.telling import telling_user_data, telling_words
from efadoctor.model.aws import LaunchTemplateVersion, Reservation, Tag
from efadoctor.model.facts import KubernetesSource
from efadoctor.model.karpenter import EC2NodeClass, NodePool
from efadoctor.model.kubernetes import (
    ConfigMap,
    Container,
    DaemonSet,
    DeviceClass,
    EnvVar,
    ObjectMeta,
    Pod,
    PodSpec,
    PodTemplate,
    ResourceClaim,
    ResourceClaimTemplate,
    ResourceSlice,
    Workload,
)
from efadoctor.model.workloads import templates

_DROPPED = EnvVar()

Strip = Callable[[Any], None]

_put = msgspec.structs.force_setattr

ENVIRONMENT = re.compile(r"ENABLE_EFA_SUPPORT|MOFED_ENABLED|FI_[A-Z0-9_]+|NCCL_[A-Z0-9_]+")
"""Variables that say how EFA is used; every other one is dropped, name and value."""

ANNOTATIONS = re.compile(
    r"(?:[\w.-]+\.)?(?:karpenter\.sh|karpenter\.k8s\.aws|eks\.amazonaws\.com|jobset\.x-k8s\.io"
    r"|jobset\.sigs\.k8s\.io|leaderworkerset\.sigs\.k8s\.io)/[\w.-]+"
    r"|cluster-autoscaler\.kubernetes\.io/[\w.-]+"
    r"|pv\.kubernetes\.io/(?:bind-completed|bound-by-controller|provisioned-by)"
    r"|volume\.kubernetes\.io/(?:selected-node|storage-provisioner)"
    r"|storageclass\.kubernetes\.io/is-default-class"
    r"|scheduling\.k8s\.io/group-name|deployment\.kubernetes\.io/revision"
)
"""Annotations of controllers that decide about nodes, pods and volumes."""

AWS_AUTH_KEYS = ("mapRoles",)
"""Of ``aws-auth`` only what lets nodes in; ``mapUsers`` names people."""


def strip_of(source: KubernetesSource) -> Strip:
    """What makes a fresh view of this source fit to be kept; it changes the view in place."""
    return _STRIPS.get(source.type, _strip_object)


def _strip_object(view: Any) -> None:
    _strip_annotations(view.metadata)


def _strip_annotations(meta: ObjectMeta) -> None:
    if meta.annotations:
        kept = {k: v for k, v in meta.annotations.items() if ANNOTATIONS.fullmatch(k)}
        _put(meta, "annotations", kept)


# ---- pods and their templates -----------------------------------------------


def _strip_pod(view: Pod) -> None:
    _strip_annotations(view.metadata)
    _strip_spec(view.spec)


def _strip_template(template: PodTemplate) -> None:
    _strip_annotations(template.metadata)
    _strip_spec(template.spec)


def _strip_spec(spec: PodSpec) -> None:
    for container in spec.containers:
        _strip_container(container)
    for container in spec.init_containers:
        _strip_container(container)
    for volume in spec.volumes:
        if volume.ephemeral is not None:
            _put(volume.ephemeral, "volume_claim_template", _claim(volume.ephemeral))


def _strip_container(container: Container) -> None:
    """What stays keeps its place: a field path's index means the same on the server."""
    if container.env:
        _put(container, "env", _environment(container.env))
    if container.command:
        _put(container, "command", _words(container.command))
    if container.args:
        _put(container, "args", _words(container.args))


@lru_cache(maxsize=4096)
def _environment(env: tuple[EnvVar, ...]) -> tuple[EnvVar, ...]:
    """Looked at once for all the pods of a template."""
    return tuple(map(_variable, env))


@lru_cache(maxsize=4096)
def _words(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(telling_words, words))


def _variable(variable: EnvVar) -> EnvVar:
    if ENVIRONMENT.fullmatch(variable.name):
        return variable
    told = telling_words(variable.value)
    return EnvVar(value=told) if told else _DROPPED


def _claim(ephemeral: Any) -> Any:
    template = ephemeral.volume_claim_template
    return {"spec": template["spec"]} if isinstance(template, dict) and "spec" in template else None


def _strip_daemonset(view: DaemonSet) -> None:
    _strip_annotations(view.metadata)
    _strip_template(view.spec.template)


# ---- workloads --------------------------------------------------------------

_TELLING = frozenset(
    # a table of words reads better than a list of quoted ones
    """
    replicas minReplicas maxReplicas parallelism completions completionMode backoffLimit suspend
    selector name size numNodes numOfHosts numProcPerNode resourcesPerNode slotsPerWorker groupName
    serviceName podManagementPolicy restartPolicy schedule managedBy cleanPodPolicy runtimeRef
    rayClusterName clusterSelector startupPolicyOrder ttlSecondsAfterFinished
    activeDeadlineSeconds minMember minAvailable schedulingPolicy
    active failed succeeded ready terminating readyReplicas availableReplicas updatedReplicas
    desiredWorkerReplicas availableWorkerReplicas state jobStatus jobDeploymentStatus
    type status reason message lastTransitionTime startTime completionTime observedGeneration
    """.split()  # noqa: SIM905
)
"""Keys of workloads, outside their pod templates, whose values say how many, which and how far."""


def _strip_workload(view: Workload) -> None:
    """Keeps pod templates as pods are kept, and of the rest the keys that tell something."""
    _strip_annotations(view.metadata)
    found = {t.path.steps[1:]: t.template for t in templates(view)}
    for template in found.values():
        _strip_template(template)
    _put(view, "spec", _told(view.spec, (), found))
    _put(view, "status", _told(view.status, (), {}))


def _told(
    value: Any,
    at: tuple[Any, ...],
    found: Mapping[tuple[Any, ...], PodTemplate],
    *,
    kept: bool = False,
) -> Any:
    template = found.get(at)
    if template is not None:
        return msgspec.to_builtins(template)
    if isinstance(value, dict):
        children = {
            k: _told(v, (*at, k), found, kept=kept or k in _TELLING) for k, v in value.items()
        }
        return {k: v for k, v in children.items() if v is not None}
    if isinstance(value, list):
        return [_told(v, (*at, n), found, kept=kept) for n, v in enumerate(value)]
    return value if kept else None


# ---- the rest ---------------------------------------------------------------


def _strip_nodepool(view: NodePool) -> None:
    _strip_annotations(view.metadata)
    _strip_annotations(view.spec.template.metadata)


def _strip_nodeclass(view: EC2NodeClass) -> None:
    _strip_annotations(view.metadata)
    if view.spec.user_data:
        _put(view.spec, "user_data", telling_user_data(view.spec.user_data))


def _strip_config_map(view: ConfigMap) -> None:
    _strip_annotations(view.metadata)
    _put(view, "data", {k: view.data[k] for k in AWS_AUTH_KEYS if k in view.data})


def _strip_devices(view: Any) -> None:
    """Drivers take opaque parameters, whose content is theirs alone."""
    _strip_annotations(view.metadata)
    for name in ("spec", "status"):
        if hasattr(view, name):
            _put(
                view,
                name,
                _without(getattr(view, name), ("config", "opaque", "parameters", "annotations")),
            )


def _without(value: Any, keys: Iterable[str]) -> Any:
    if isinstance(value, dict):
        return {k: _without(v, keys) for k, v in value.items() if k not in keys}
    if isinstance(value, list):
        return [_without(v, keys) for v in value]
    return value


_STRIPS: dict[type[Any], Strip] = {
    Pod: _strip_pod,
    DaemonSet: _strip_daemonset,
    Workload: _strip_workload,
    NodePool: _strip_nodepool,
    EC2NodeClass: _strip_nodeclass,
    ConfigMap: _strip_config_map,
    DeviceClass: _strip_devices,
    ResourceClaim: _strip_devices,
    ResourceClaimTemplate: _strip_devices,
    ResourceSlice: _strip_devices,
}


# ---- AWS ------------------------------------------------------------------

TAGS = re.compile(
    r"Name|aws:.*|eks:.*|alpha\.eksctl\.io/.*|(?:[\w.-]+\.)?k8s\.(?:io|aws)/.*|kubernetes\.io/.*"
    r"|karpenter\.sh/.*|karpenter\.k8s\.aws/.*|k8s\.io/.*"
)
"""Tags of controllers; of other tags only those that a selector or the cluster's name is in."""


def strip_tags(view: Any, telling: Callable[[Tag], bool]) -> None:
    """Drops the tags of an AWS thing that neither a controller wrote nor ``telling`` knows."""
    for thing in view.instances if isinstance(view, Reservation) else (view,):
        if getattr(thing, "tags", ()):
            kept = tuple(t for t in thing.tags if TAGS.fullmatch(t.key) or telling(t))
            _put(thing, "tags", kept)


def strip_launch_template(view: LaunchTemplateVersion) -> None:
    """User data of launch templates is base64; what is kept of it stays so."""
    encoded = view.launch_template_data.user_data
    if not encoded:
        return
    try:
        text = base64.b64decode(encoded).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        text = ""
    kept = base64.b64encode(telling_user_data(text).encode()).decode()
    _put(view.launch_template_data, "user_data", kept)


__all__ = [
    "ANNOTATIONS",
    "ENVIRONMENT",
    "Strip",
    "strip_launch_template",
    "strip_of",
    "strip_tags",
]

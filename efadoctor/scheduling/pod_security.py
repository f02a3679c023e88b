"""Pod Security admission: whether a namespace lets a pod template's pods in.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ ; the label
``pod-security.kubernetes.io/enforce`` sets the level, and a namespace without it has the
cluster's default, which on EKS is privileged
(https://kubernetes.io/docs/concepts/security/pod-security-admission/). Only rules that the
views hold are judged, so what is found is there, and there may be more.
"""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.kubernetes import Container, Namespace, PodSpec
from efadoctor.model.snapshot import Snapshot

ENFORCE = "pod-security.kubernetes.io/enforce"
PRIVILEGED, BASELINE, RESTRICTED = "privileged", "baseline", "restricted"

# policy/check_capabilities_baseline.go in k8s.io/pod-security-admission
_BASELINE_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)


def enforced_level(snapshot: Snapshot, namespace: str) -> str:
    """The level that a namespace enforces; privileged where it says none or was not read."""
    found = snapshot.get(Namespace, namespace)
    level = found.metadata.labels.get(ENFORCE, "") if found is not None else ""
    return level if level in (BASELINE, RESTRICTED) else PRIVILEGED


def violation(spec: PodSpec, level: str) -> FieldPath | None:
    """The first field of a pod spec that a level does not allow; None where it allows all."""
    if level in (BASELINE, RESTRICTED):
        for path in _against_baseline(spec):
            return path
    if level == RESTRICTED:
        for path in _against_restricted(spec):
            return path
    return None


def _containers(spec: PodSpec) -> Iterator[tuple[FieldPath, Container]]:
    for name, found in (("containers", spec.containers), ("initContainers", spec.init_containers)):
        for number, container in enumerate(found):
            yield FieldPath.of(name, number), container


def _against_baseline(spec: PodSpec) -> Iterator[FieldPath]:
    for path, container in _containers(spec):
        context = container.security_context
        if context is not None and context.privileged:
            yield path / "securityContext" / "privileged"
        added = context.capabilities.add if context and context.capabilities else ()
        if not _BASELINE_CAPABILITIES.issuperset(added):
            yield path / "securityContext" / "capabilities" / "add"
    if spec.host_network:
        yield FieldPath.of("hostNetwork")
    for number, volume in enumerate(spec.volumes):
        if volume.host_path is not None:
            yield FieldPath.of("volumes", number, "hostPath")


def _against_restricted(spec: PodSpec) -> Iterator[FieldPath]:
    shared = spec.security_context
    for path, container in _containers(spec):
        context = container.security_context
        own = context.run_as_non_root if context is not None else None
        if own is None and shared is not None:
            own = shared.run_as_non_root
        may_escalate = context is None or context.allow_privilege_escalation is not False
        if own is not True or may_escalate:
            yield path / "securityContext"

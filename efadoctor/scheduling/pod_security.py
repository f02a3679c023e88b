"""Pod Security admission: whether a namespace lets a pod template's pods in.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ ; the label
``pod-security.kubernetes.io/enforce`` sets the level, and a namespace without it has the
cluster's default, which on EKS is privileged
(https://kubernetes.io/docs/concepts/security/pod-security-admission/). Only rules that the
views hold are judged, so what is found is there, and there may be more.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.kubernetes import Container, Namespace, PodSpec
from efadoctor.model.snapshot import Snapshot

ENFORCE = "pod-security.kubernetes.io/enforce"
PRIVILEGED, BASELINE, RESTRICTED = "privileged", "baseline", "restricted"

# https://github.com/kubernetes/pod-security-admission/blob/v0.36.2/policy/check_capabilities_baseline.go
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


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a pod spec that a level does not allow, what it holds, and what that means."""

    field: FieldPath
    value: object
    what: str


def enforced_level(snapshot: Snapshot, namespace: str) -> str:
    """The level that a namespace enforces; privileged where it says none or was not read."""
    found = snapshot.get(Namespace, namespace)
    level = found.metadata.labels.get(ENFORCE, "") if found is not None else ""
    return level if level in (BASELINE, RESTRICTED) else PRIVILEGED


def violation(spec: PodSpec, level: str) -> FieldPath | None:
    """The first field of a pod spec that a level does not allow; None where it allows all."""
    return next((found.field for found in violations(spec, level)), None)


def violations(spec: PodSpec, level: str) -> Iterator[Violation]:
    """Every field of a pod spec that a level does not allow."""
    if level in (BASELINE, RESTRICTED):
        yield from _against_baseline(spec)
    if level == RESTRICTED:
        yield from _against_restricted(spec)


def containers(spec: PodSpec) -> Iterator[tuple[FieldPath, Container]]:
    """The containers of a pod spec, then its init containers, each with its path."""
    for name, found in (("containers", spec.containers), ("initContainers", spec.init_containers)):
        for number, container in enumerate(found):
            yield FieldPath.of(name, number), container


def _against_baseline(spec: PodSpec) -> Iterator[Violation]:
    for path, container in containers(spec):
        context, at = container.security_context, path / "securityContext"
        if context is not None and context.privileged:
            yield Violation(field=at / "privileged", value=True, what="a privileged container")
        added = context.capabilities.add if context and context.capabilities else ()
        over = [c for c in added if c not in _BASELINE_CAPABILITIES]
        if over:
            field = at / "capabilities" / "add"
            what = f"the capability {', '.join(over)}"
            yield Violation(field=field, value=list(added), what=what)
    if spec.host_network:
        yield Violation(field=FieldPath.of("hostNetwork"), value=True, what="the host's network")
    for number, volume in enumerate(spec.volumes):
        if volume.host_path is not None:
            field = FieldPath.of("volumes", number, "hostPath", "path")
            yield Violation(field=field, value=volume.host_path.path, what="a host path")


def _against_restricted(spec: PodSpec) -> Iterator[Violation]:
    """One for each container; a context that is absent is the field to write."""
    shared = spec.security_context
    for path, container in containers(spec):
        context, at = container.security_context, path / "securityContext"
        own = context.run_as_non_root if context is not None else None
        if own is None and shared is not None:
            own = shared.run_as_non_root
        if own is not True:
            field = at if context is None else at / "runAsNonRoot"
            yield Violation(field=field, value=own, what="a container that may run as root")
        elif context is None or context.allow_privilege_escalation is not False:
            field = at if context is None else at / "allowPrivilegeEscalation"
            value = None if context is None else context.allow_privilege_escalation
            yield Violation(field=field, value=value, what="a container that may gain privileges")

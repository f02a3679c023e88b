"""What admission refuses in a pod: Pod Security levels, and resources that must have limits.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ ,
https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import SpecEdit
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.kubernetes import Container, Namespace, Pod
from efadoctor.model.pod_edits import Setting

ENFORCE = "pod-security.kubernetes.io/enforce"
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
_OVERCOMMITTABLE = ("cpu", "memory", "ephemeral-storage")


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the pod's spec that is refused, why, and the edits that would put it right."""

    field: str
    value: object
    sentence: str
    edits: tuple[SpecEdit, ...] = ()


def pod_security(pod: Pod, namespace: Namespace) -> Iterator[Violation]:
    """What the namespace's enforced Pod Security level refuses, as far as it is read."""
    level = namespace.metadata.labels.get(ENFORCE, "privileged")
    if level not in ("baseline", "restricted"):
        return
    said = f"Namespace {namespace.metadata.name} enforces the Pod Security level {level}"
    for found in _violations(pod):
        yield msgspec.structs.replace(found, sentence=f"{said}, which refuses {found.sentence}")


def _violations(pod: Pod) -> Iterator[Violation]:
    if pod.spec.host_network:
        yield Violation(field="hostNetwork", value=True, sentence="the host's network")
    for index, volume in enumerate(pod.spec.volumes):
        if volume.host_path is not None:
            at = f"volumes[{index}].hostPath.path"
            yield Violation(field=at, value=volume.host_path.path, sentence="a host path")
    for path, container in _containers(pod):
        yield from _of_container(path, container)


def _of_container(path: FieldPath, container: Container) -> Iterator[Violation]:
    context = container.security_context
    if context is None:
        return
    at = path / "securityContext"
    if context.privileged:
        field = str(at / "privileged")
        yield Violation(field=field, value=True, sentence="a privileged container")
    added = context.capabilities.add if context.capabilities is not None else ()
    over = [c for c in added if c.removeprefix("CAP_") not in _BASELINE_CAPABILITIES]
    if over:
        field = str(at / "capabilities" / "add")
        yield Violation(
            field=field, value=list(added), sentence=f"the capability {', '.join(over)}"
        )


def invalid_resources(pod: Pod) -> Iterator[Violation]:
    """Extended resources and huge pages whose request has no equal limit."""
    for path, container in _containers(pod):
        resources = container.resources
        for name, requested in resources.requests.items():
            if name in _OVERCOMMITTABLE or ("/" not in name and not name.startswith("hugepages-")):
                continue
            limit = resources.limits.get(name)
            if limit is None or str(limit) != str(requested):
                at = path / "resources" / "limits" / name
                said = "has no limit" if limit is None else f"has a limit of {limit}"
                yield Violation(
                    field=str(path / "resources" / "requests" / name),
                    value=requested,
                    sentence=f"The pod's {name} cannot be overcommitted, and {said}",
                    edits=(Setting(at, requested),),
                )


def _containers(pod: Pod) -> Iterator[tuple[FieldPath, Container]]:
    lists = (("containers", pod.spec.containers), ("initContainers", pod.spec.init_containers))
    for name, containers in lists:
        for index, container in enumerate(containers):
            yield FieldPath.of(name, index), container

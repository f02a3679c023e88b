"""What admission refuses in a pod: Pod Security levels, and resources that must have limits.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ ,
https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import Case, Setting, SpecEdit
from efadoctor.model.kubernetes import Pod
from efadoctor.scheduling import pod_security

_OVERCOMMITTABLE = ("cpu", "memory", "ephemeral-storage")


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the pod's spec that is refused, why, and the edits that would put it right."""

    field: str
    value: object
    sentence: str
    edits: tuple[SpecEdit, ...] = ()


def insecure(case: Case) -> Iterator[Violation]:
    """What the Pod Security level of the pod's namespace refuses, as far as it is read."""
    namespace = case.pod.metadata.namespace
    level = pod_security.enforced_level(case.snapshot, namespace)
    said = f"Namespace {namespace} enforces the Pod Security level {level}, which refuses"
    for found in pod_security.violations(case.pod.spec, level):
        yield Violation(field=str(found.field), value=found.value, sentence=f"{said} {found.what}")


def invalid_resources(pod: Pod) -> Iterator[Violation]:
    """Extended resources and huge pages whose request has no equal limit."""
    for path, container in pod_security.containers(pod.spec):
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

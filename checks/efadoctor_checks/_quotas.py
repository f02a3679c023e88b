"""Resource quotas: what a pod would count for, and which quota has no room for it.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/quota/v1/evaluator/core/pods.go
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from efadoctor.authoring import Case, Evidence, Fix, reference, set_field
from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.kubernetes import Container, Pod, ResourceQuota
from efadoctor.model.structs import Quantity
from efadoctor.scheduling.karpenter.amounts import canonical
from efadoctor.scheduling.quantity import amount

_NATIVE = ("cpu", "memory", "ephemeral-storage")
_UNKNOWN_SCOPES = frozenset({"Terminating", "NotTerminating", "CrossNamespacePodAffinity"})


class Overdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a quota that one more pod would exceed; amounts in the scheduler's units."""

    quota: ResourceQuota
    line: str
    resource: str
    hard: int
    used: int
    asked: int

    @property
    def said(self) -> str:
        """The sum, for a sentence."""
        hard, used, asked = (
            canonical(self.resource, n) for n in (self.hard, self.used, self.asked)
        )
        return (
            f"Quota {self.quota.metadata.name} allows {hard} {self.line} and {used} are used; the "
            f"pod would add {asked}"
        )


def overdrawn(case: Case) -> Iterator[Overdrawn]:
    """Every line of every quota of the pod's namespace that has no room for it."""
    usage = usage_of(case.pod, case.demand)
    for quota in case.snapshot.all(ResourceQuota):
        if quota.metadata.namespace != case.pod.metadata.namespace or not _covers(quota, case.pod):
            continue
        for line, hard in quota.spec.hard.items():
            asked = usage.get(line, 0)
            resource = resource_of(line)
            limit, used = _read(resource, hard), _read(resource, quota.status.used.get(line, 0))
            if limit is not None and used is not None and asked and used + asked > limit:
                yield Overdrawn(
                    quota=quota, line=line, resource=resource, hard=limit, used=used, asked=asked
                )


def evidence_of(line: Overdrawn, *steps: str) -> Evidence:
    """A line of the quota's ``spec.hard`` or ``status.used``."""
    value: Any = line.quota.spec.hard if steps[0] == "spec" else line.quota.status.used
    field = str(FieldPath.of(*steps, line.line))
    return Evidence(object=reference(line.quota), field=field, value=value.get(line.line))


def raised(line: Overdrawn, pods: int) -> Fix:
    """Room for all the pods that the workload wants."""
    enough = canonical(line.resource, line.used + line.asked * pods)
    at = FieldPath.of("spec", "hard", line.line)
    return Fix(title=f"Raise {line.line} to {enough}", edits=(set_field(line.quota, at, enough),))


def usage_of(pod: Pod, demand: Mapping[str, int]) -> dict[str, int]:
    """What a pod counts for, by the names that quotas use."""
    found = {"pods": 1, "count/pods": 1}
    for resource, asked in demand.items():
        found[f"requests.{resource}"] = asked
        if resource in _NATIVE or resource.startswith("hugepages-"):
            found[resource] = asked
    for resource in _NATIVE:
        limits = _limits(pod, resource)
        if limits:
            found[f"limits.{resource}"] = limits
    return found


def resource_of(line: str) -> str:
    """The resource that a line of a quota counts."""
    return line.removeprefix("requests.").removeprefix("limits.")


def _limits(pod: Pod, resource: str) -> int:
    def of(container: Container) -> int:
        return _read(resource, container.resources.limits.get(resource, 0)) or 0

    init = max((of(c) for c in pod.spec.init_containers), default=0)
    return max(sum(of(c) for c in pod.spec.containers), init)


def _read(resource: str, quantity: Quantity) -> int | None:
    try:
        return amount(resource, quantity)
    except InvalidQuantityError:
        return None


def _covers(quota: ResourceQuota, pod: Pod) -> bool:
    """Whether a quota counts this pod; False where that cannot be told."""
    scopes = {(name, "Exists", ()) for name in quota.spec.scopes} | set(_selected(quota))
    return all(_in_scope(pod, *scope) for scope in scopes)


def _selected(quota: ResourceQuota) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    selector: Any = quota.spec.scope_selector
    listed = selector.get("matchExpressions") if isinstance(selector, dict) else None
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict):
            values = tuple(str(v) for v in entry.get("values") or ())
            yield str(entry.get("scopeName", "")), str(entry.get("operator", "")), values


def _in_scope(pod: Pod, scope: str, operator: str, values: tuple[str, ...]) -> bool:
    if scope in _UNKNOWN_SCOPES:
        return False
    if scope == "PriorityClass":
        name = pod.spec.priority_class_name
        match operator:
            case "In":
                return name in values
            case "NotIn":
                return name not in values
            case "DoesNotExist":
                return not name
            case _:
                return bool(name)
    best_effort = not any(
        r in amounts
        for c in (*pod.spec.containers, *pod.spec.init_containers)
        for amounts in (c.resources.limits, c.resources.requests)
        for r in ("cpu", "memory")
    )
    return best_effort == (scope == "BestEffort") if "BestEffort" in scope else False

"""Fixes of resource claims that cannot be met (EFA114)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from efadoctor.authoring import (
    Case,
    Command,
    Creation,
    Fix,
    Removing,
    Setting,
    SpecEdit,
    change_pod,
)
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.kubernetes import DaemonSet, DeviceClass, PodResourceClaim
from efadoctor.scheduling.devices import Device, plugins
from efadoctor.scheduling.names import EFA
from efadoctor_checks._resource_claims import Unmet, devices_asked

READS = (DaemonSet,)


def fixes(case: Case, found: Unmet) -> tuple[Fix, ...]:
    """The name that was meant; what is missing made; no claim at all; else words."""
    use = next(u for u in case.pod.spec.resource_claims if u.name == found.claim)
    if found.near is not None and found.field:
        edit = Setting(found.field, found.near)
        return change_pod(case.snapshot, case.pod, (edit,), title=f"Claim {found.near}")
    if found.field:
        words = Fix(
            title=f"Make what claim {found.claim} names",
            unprovable="which devices it is to ask for is for its author to say",
        )
        return (*_made(case, use), *doing_without(case, use)) or (words,)
    words = Fix(
        title=f"Install the driver of the device class that claim {found.claim} asks for",
        unprovable="a device class and its devices come with their driver",
    )
    return (words, *doing_without(case, use))


def _made(case: Case, use: PodResourceClaim) -> Iterator[Fix]:
    """The claim or template itself, where there is but one class that it can mean."""
    classes = [c.metadata.name for c in case.snapshot.all(DeviceClass)]
    of_efa = [c for c in classes if _is_of_efa(c)]
    meant = of_efa or classes
    if len(meant) != 1:
        return
    request = {"name": "devices", "exactly": {"deviceClassName": meant[0], "count": 1}}
    spec: dict[str, Any] = {"devices": {"requests": [request]}}
    template = use.resource_claim_template_name
    kind = "ResourceClaim" if template is None else "ResourceClaimTemplate"
    name = template or use.resource_claim_name or ""
    body = {
        "apiVersion": "resource.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": case.pod.metadata.namespace},
        "spec": spec if template is None else {"spec": spec},
    }
    yield Fix(
        title=f"Make {kind} {name} for a device of class {meant[0]}",
        edits=(Creation(body=body),),
        warning="Set the number of devices to what the workload needs.",
    )


def for_more_devices(case: Case, index: int | None, of_class: str) -> tuple[Fix, ...]:
    """Where nodes have too few devices for a claim; ``index`` is the pod's entry, if known."""
    fix = Fix(
        title=f"Install the driver{of_class} on the nodes, or ask for fewer devices",
        unprovable="only the driver can tell which devices it finds",
    )
    use = case.pod.spec.resource_claims[index] if index is not None else None
    return (fix, *(doing_without(case, use) if use is not None else ()))


def doing_without(case: Case, use: PodResourceClaim) -> tuple[Fix, ...]:
    """The device plugin's resource in the place of a claim, where a plugin hands EFA out."""
    if not plugins(case.snapshot, Device.EFA):
        return ()
    count = devices_asked(case, use, _is_of_efa)
    if not count and not case.demand.get(EFA):
        return ()
    more = "" if case.demand.get(EFA) else f"ask for {count} {EFA} of the device plugin"
    title = f"Do without claim {use.name}" + (f", and {more}" if more else "")
    edits = tuple(_without(case, use, count if more else 0))
    return change_pod(case.snapshot, case.pod, edits, title=title)


def _without(case: Case, use: PodResourceClaim, count: int) -> Iterator[SpecEdit]:
    """The edits that take a claim away; ``count`` devices go to the first that used it."""
    given = False
    for index, container in enumerate(case.pod.spec.containers):
        at = FieldPath.of("containers", index, "resources")
        for entry, used in enumerate(container.resources.claims):
            if used.name != use.name:
                continue
            yield Removing(at / "claims" / entry)
            if count and not given:
                yield Setting(at / "limits" / EFA, str(count))
                yield Setting(at / "requests" / EFA, str(count))
                given = True
    yield Removing(FieldPath.of("resourceClaims", case.pod.spec.resource_claims.index(use)))


def _is_of_efa(device_class: str) -> bool:
    return "efa" in device_class.lower()


def for_a_claim_not_made(case: Case, index: int | None) -> tuple[Fix, ...]:
    """What a claim is to be made from was not read, so that only words are left."""
    use = case.pod.spec.resource_claims[index or 0]
    template = use.resource_claim_template_name
    what = f"ResourceClaimTemplate {template}" if template else f"ResourceClaim {use.name}"
    look = Command(
        argv=("kubectl", "get", "resourceclaimtemplates", "-n", case.pod.metadata.namespace)
    )
    words = Fix(
        title=f"Make {what}, or name one that exists",
        edits=(look,) if template else (),
        unprovable="whether it exists was not read",
    )
    return (words, *doing_without(case, use))

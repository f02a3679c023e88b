"""Resource claims (dynamic resource allocation): what a pod's claims ask for, and who has it.

https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from efadoctor.authoring import Case, Evidence, ObjectRef, Snapshot
from efadoctor.model.kubernetes import (
    DeviceClass,
    Node,
    PodResourceClaim,
    ResourceClaim,
    ResourceClaimTemplate,
    ResourceSlice,
)
from efadoctor.scheduling.spelling import nearest

_DRIVER = re.compile(r"""device\.driver\s*==\s*["']([^"']{1,253})["']""")


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A number of devices of one class that a claim asks for.

    ``driver`` is the one that the class selects, "" where that cannot be read.
    """

    claim: str
    device_class: str
    count: int
    driver: str = ""


class Unmet(msgspec.Struct, frozen=True, kw_only=True):
    """Why a claim cannot be met by any node."""

    claim: str
    sentence: str
    evidence: tuple[Evidence, ...]
    near: str | None = None
    field: str = ""


def unmet(case: Case) -> Iterator[Unmet]:
    """The pod's claims that name what does not exist."""
    for index, use in enumerate(case.pod.spec.resource_claims):
        at = f"spec.resourceClaims[{index}]"
        spec = _spec(case, use)
        if spec is None:
            found = _missing(case, use, at)
            if found is not None:
                yield found
            continue
        yield from _without_class(case, use, spec, at)


def _missing(case: Case, use: PodResourceClaim, at: str) -> Unmet | None:
    template = use.resource_claim_template_name is not None
    kind = ResourceClaimTemplate if template else ResourceClaim
    name = use.resource_claim_template_name or use.resource_claim_name or ""
    if not case.snapshot.was_read_whole(kind):
        return None
    own = case.pod.metadata.namespace
    known = [c.metadata.name for c in _all(case.snapshot, kind) if c.metadata.namespace == own]
    field = f"{at}.{'resourceClaimTemplateName' if template else 'resourceClaimName'}"
    near = nearest(name, known)
    return Unmet(
        claim=use.name,
        sentence=f"{kind.__name__} {name} does not exist in namespace {own}",
        evidence=(Evidence(object=case.pod_ref, field=field, value=name, expected=near),),
        near=near,
        field=field.removeprefix("spec."),
    )


def _all(snapshot: Snapshot, kind: Any) -> tuple[Any, ...]:
    return tuple(snapshot.all(kind))


def _without_class(case: Case, use: PodResourceClaim, spec: Any, at: str) -> Iterator[Unmet]:
    if not case.snapshot.was_read_whole(DeviceClass):
        return
    known = [c.metadata.name for c in case.snapshot.all(DeviceClass)]
    for name, _ in _requests(spec):
        if name and name not in known:
            near = nearest(name, known)
            hint = f" ({near} does)" if near else ""
            yield Unmet(
                claim=use.name,
                sentence=f"device class {name} does not exist{hint}",
                evidence=(Evidence(object=case.pod_ref, field=at, value=use, expected=near),),
            )


def devices(case: Case) -> tuple[Device, ...]:
    """What the pod's claims ask for, where they can be read; allocated claims ask no more."""
    found: list[Device] = []
    for use in case.pod.spec.resource_claims:
        claim = _claim(case, use)
        status = claim.status if claim is not None else None
        if isinstance(status, dict) and status.get("allocation"):
            continue
        for name, count in _requests(_spec(case, use)):
            driver = _driver(case.snapshot, name)
            found.append(Device(claim=use.name, device_class=name, count=count, driver=driver))
    return tuple(found)


def published(snapshot: Snapshot, driver: str, node: Node) -> int:
    """How many devices a driver has published for a node."""
    return snapshot.once(_published).get((driver, node.metadata.name), 0)


def publishes(snapshot: Snapshot, driver: str) -> bool:
    """Whether a driver has published a device for any node."""
    return any(d == driver and n for (d, _), n in snapshot.once(_published).items())


def shared(snapshot: Snapshot, driver: str) -> bool:
    """Whether a driver has devices that belong to no single node."""
    return any(
        isinstance(s.spec, dict) and s.spec.get("driver") == driver and not s.spec.get("nodeName")
        for s in snapshot.all(ResourceSlice)
    )


def _published(snapshot: Snapshot) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for piece in snapshot.all(ResourceSlice):
        spec = piece.spec if isinstance(piece.spec, dict) else {}
        key = (str(spec.get("driver", "")), str(spec.get("nodeName", "")))
        listed = spec.get("devices")
        found[key] = found.get(key, 0) + (len(listed) if isinstance(listed, list) else 0)
    return found


def class_ref(name: str) -> ObjectRef:
    return ObjectRef("resource.k8s.io/v1", "DeviceClass", "", name)


# ---- reading claims ---------------------------------------------------------


def _claim(case: Case, use: PodResourceClaim) -> ResourceClaim | None:
    name = use.resource_claim_name
    if name is None:
        made = case.pod.status.resource_claim_statuses
        name = next((s.resource_claim_name for s in made if s.name == use.name), None)
    namespace = case.pod.metadata.namespace
    return case.snapshot.get(ResourceClaim, name, namespace) if name else None


def _spec(case: Case, use: PodResourceClaim) -> Any:
    """The spec of a claim, or of the claim that its template would make; None without any."""
    claim = _claim(case, use)
    if claim is not None:
        return claim.spec
    name = use.resource_claim_template_name
    namespace = case.pod.metadata.namespace
    template = case.snapshot.get(ResourceClaimTemplate, name, namespace) if name else None
    if template is None or not isinstance(template.spec, dict):
        return None
    return template.spec.get("spec")


def _requests(spec: Any) -> Iterator[tuple[str, int]]:
    """Device class and count of each request; of alternatives the first."""
    listed = spec.get("devices") if isinstance(spec, dict) else None
    requests = listed.get("requests") if isinstance(listed, dict) else None
    for request in requests if isinstance(requests, list) else ():
        if not isinstance(request, dict):
            continue
        first = request.get("firstAvailable")
        inner = request.get("exactly") or (first[0] if isinstance(first, list) and first else None)
        asked = inner if isinstance(inner, dict) else request
        count = asked.get("count", 1)
        yield str(asked.get("deviceClassName", "")), count if isinstance(count, int) else 1


def _driver(snapshot: Snapshot, device_class: str) -> str:
    found = snapshot.get(DeviceClass, device_class)
    spec = found.spec if found is not None and isinstance(found.spec, dict) else {}
    for selector in spec.get("selectors") or ():
        cel = selector.get("cel") if isinstance(selector, dict) else None
        expression = cel.get("expression", "") if isinstance(cel, dict) else ""
        match = _DRIVER.search(str(expression))
        if match is not None:
            return match[1]
    return ""

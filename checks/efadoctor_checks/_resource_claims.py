"""Resource claims (dynamic resource allocation): those that name what does not exist.

https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from efadoctor.authoring import Case, Evidence, Snapshot
from efadoctor.model.kubernetes import (
    DeviceClass,
    PodResourceClaim,
    ResourceClaim,
    ResourceClaimTemplate,
)
from efadoctor.scheduling.spelling import nearest


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
    for name in _device_classes(spec):
        if name and name not in known:
            near = nearest(name, known)
            hint = f" ({near} does)" if near else ""
            yield Unmet(
                claim=use.name,
                sentence=f"device class {name} does not exist{hint}",
                evidence=(Evidence(object=case.pod_ref, field=at, value=use, expected=near),),
            )


def index_of(case: Case, claim: str) -> int | None:
    """Which of the pod's claims a refusal speaks of: by its entry, or by the object behind it."""
    name = claim.rpartition("/")[2]
    for index, use in enumerate(case.pod.spec.resource_claims):
        found = _claim(case, use)
        if name in (use.name, found.metadata.name if found is not None else ""):
            return index
    return None


def made_claim(case: Case, index: int | None) -> bool:
    """Whether there is an object behind an entry of the pod's claims; where not known, there is."""
    if index is None or not case.snapshot.was_read_whole(ResourceClaim):
        return True
    return _claim(case, case.pod.spec.resource_claims[index]) is not None


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


def devices_asked(case: Case, use: PodResourceClaim, wanted: Callable[[str], bool]) -> int:
    """How many devices of wanted classes a claim asks for; 0 where that is not a number."""
    return sum(n for name, n in _asked(_spec(case, use)) if wanted(name))


def _device_classes(spec: Any) -> Iterator[str]:
    """The device class of each request; of alternatives the first."""
    yield from (name for name, _ in _asked(spec))


def _asked(spec: Any) -> Iterator[tuple[str, int]]:
    """The device class of each request, of alternatives the first, and how many it asks for."""
    listed = spec.get("devices") if isinstance(spec, dict) else None
    requests = listed.get("requests") if isinstance(listed, dict) else None
    for request in requests if isinstance(requests, list) else ():
        if not isinstance(request, dict):
            continue
        first = request.get("firstAvailable")
        inner = request.get("exactly") or (first[0] if isinstance(first, list) and first else None)
        asked = inner if isinstance(inner, dict) else request
        count = asked.get("count", 1) if asked.get("allocationMode") != "All" else 0
        yield str(asked.get("deviceClassName", "")), count if isinstance(count, int) else 0

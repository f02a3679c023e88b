"""The resource claim controller makes a claim for a pod from the template that it names.

https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#resourceclaims-templates
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from efadoctor.fix.change import Change
from efadoctor.model.kubernetes import (
    ObjectMeta,
    OwnerReference,
    Pod,
    PodResourceClaim,
    PodResourceClaimStatus,
    ResourceClaim,
    ResourceClaimTemplate,
)
from efadoctor.model.snapshot import Snapshot


def resource_claims(change: Change, _as_read: Snapshot) -> Change:
    """The claims of touched pods, and of pods whose template was touched."""
    snapshot = change.after
    made: list[Any] = []
    for pod in _touched(change):
        lacking = [u for u in pod.spec.resource_claims if _lacks_claim(pod, u)]
        claims = [c for u in lacking if (c := _claim(snapshot, pod, u)) is not None]
        if claims:
            made.extend((*(c for _, c in claims), _with_claims(pod, claims)))
    return Change.of(snapshot, replaced=tuple(made))


def _touched(change: Change) -> Iterator[Pod]:
    """Pods that wait and use claims, as they are after the change."""
    templates = {
        (v.metadata.namespace, v.metadata.name)
        for v in change.replaced
        if isinstance(v, ResourceClaimTemplate)
    }
    pods = [v for v in change.replaced if isinstance(v, Pod)]
    for pod in change.after.all(Pod) if templates else pods:
        uses = pod.spec.resource_claims
        named = {(pod.metadata.namespace, u.resource_claim_template_name) for u in uses}
        if uses and not pod.spec.node_name and (pod in pods or named & templates):
            yield pod


def _lacks_claim(pod: Pod, use: PodResourceClaim) -> bool:
    made = {s.name for s in pod.status.resource_claim_statuses}
    return use.resource_claim_template_name is not None and use.name not in made


def _claim(
    snapshot: Snapshot, pod: Pod, use: PodResourceClaim
) -> tuple[PodResourceClaim, ResourceClaim] | None:
    """The claim that the pod's entry comes to; None where its template is not there."""
    meta = pod.metadata
    name = use.resource_claim_template_name or ""
    template = snapshot.get(ResourceClaimTemplate, name, meta.namespace)
    if template is None or not isinstance(template.spec, dict):
        return None
    owner = OwnerReference(
        api_version="v1", kind="Pod", name=meta.name, uid=meta.uid, controller=True
    )
    return use, ResourceClaim(
        api_version=template.api_version,
        kind="ResourceClaim",
        metadata=ObjectMeta(
            name=f"{meta.name}-{use.name}", namespace=meta.namespace, owner_references=(owner,)
        ),
        spec=template.spec.get("spec"),
    )


def _with_claims(pod: Pod, claims: list[tuple[PodResourceClaim, ResourceClaim]]) -> Pod:
    """The pod whose status names its claims."""
    named = tuple(
        PodResourceClaimStatus(name=use.name, resource_claim_name=claim.metadata.name)
        for use, claim in claims
    )
    statuses = (*pod.status.resource_claim_statuses, *named)
    status = msgspec.structs.replace(pod.status, resource_claim_statuses=statuses)
    return msgspec.structs.replace(pod, status=status)

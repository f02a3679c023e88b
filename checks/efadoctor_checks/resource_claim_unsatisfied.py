"""A resource claim of the pod cannot be met.

## What it checks

The pod's `resourceClaims` (dynamic resource allocation): that each claim or template exists, that
the device class it names exists, and that the class's driver has published enough devices for a
node. A NodePool makes no node for a pod that uses claims: Karpenter ignores them by default.

## Why it matters

EFA can be handed out by a DRA driver (`efa.networking.k8s.aws`) instead of by the device plugin.
Such a pod has no `vpc.amazonaws.com/efa` to be short of, so nothing looks missing.

## Evidence

The claim in the pod, and the class or the devices that are not there.

## Fix

Name what exists; install the driver; with Karpenter, ask for EFA by the device plugin's resource.

## Sources

- https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
- https://docs.aws.amazon.com/eks/latest/userguide/device-management-efa.html
- https://karpenter.sh/docs/concepts/scheduling/
"""

from collections.abc import Iterator
from datetime import timedelta

from efadoctor.authoring import (
    Awaited,
    Case,
    Change,
    Evidence,
    Finding,
    Path,
    Stage,
    check,
)
from efadoctor.model.kubernetes import (
    DeviceClass,
    Pod,
    ResourceClaim,
    ResourceClaimTemplate,
    ResourceSlice,
    Workload,
)
from efadoctor.scheduling.karpenter.blockers import DraNotSupported
from efadoctor.scheduling.refusals import ClaimRefusal
from efadoctor_checks import _ages, _resource_claim_fixes
from efadoctor_checks._claim_findings import (
    broken_claim,
    groups_without,
    ignored_by_karpenter,
)
from efadoctor_checks._paths import does, likeliest
from efadoctor_checks._resource_claims import index_of, made_claim, unmet

MADE_WITHIN = timedelta(minutes=1)
"""The resource claim controller makes a claim from its template at once
(https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/)."""


@check(
    "EFA114",
    stage=Stage.POD,
    needs=(ResourceSlice, DeviceClass),
    uses=(ResourceClaim, ResourceClaimTemplate, Pod, Workload, *_resource_claim_fixes.READS),
)
def resource_claim_unsatisfied(case: Case) -> Iterator[Finding | Awaited]:
    """One finding for each claim, and one for NodePools that ignore claims."""
    if case.pod.spec.node_name:
        return
    broken = tuple(unmet(case))
    for found in broken:
        yield broken_claim(case, found)
    if broken:
        return
    refused: dict[tuple[str, str], list[tuple[Path, ClaimRefusal]]] = {}
    for path in case.paths:
        for refusal in path.of_kind(ClaimRefusal):
            if not refusal.undecided:
                key = (refusal.claim, refusal.device_class)
                refused.setdefault(key, []).append((path, refusal))
    for found_on in refused.values():
        yield _refused(case, found_on)
    ignoring = [p for p in case.paths if _ignores(p)]
    if ignoring:
        yield ignored_by_karpenter(case, ignoring)


def _ignores(path: Path) -> bool:
    blockers = path.judgement.blockers if path.judgement is not None else ()
    return any(isinstance(b, DraNotSupported) for b in blockers)


def _refused(case: Case, found_on: list[tuple[Path, ClaimRefusal]]) -> Finding | Awaited:
    """What the scheduler holds against a claim on some ways in, in its own words."""
    paths = frozenset(p.id for p, _ in found_on)
    paths |= groups_without(case, paths)
    path = likeliest(p for p, _ in found_on)
    refusal = next(r for p, r in found_on if p is path)
    made = case.pod.metadata.creation_timestamp
    if not refusal.device_class and _ages.is_within(case.snapshot, made, MADE_WITHIN):
        until = _ages.deadline(made, MADE_WITHIN)
        what = f"claim {refusal.claim} is about to be made"
        return Awaited(paths=paths, what=what, since=made, until=until)
    index = index_of(case, refusal.claim)
    field = "spec.resourceClaims" if index is None else f"spec.resourceClaims[{index}]"
    claims = case.pod.spec.resource_claims
    of_class = f" of class {refusal.device_class}" if refusal.device_class else ""
    has = does(path, "has", "have")
    lacks = f"{has} no free devices{of_class} for claim {refusal.claim}"
    said = lacks if of_class else f"claim {refusal.claim}: {refusal.reason}"
    return Finding(
        object=case.pod_ref,
        summary=f"A resource claim of the pod cannot be met: {said}.",
        evidence=(
            Evidence(
                object=case.pod_ref,
                field=field,
                value=claims if index is None else claims[index],
                note=refusal.reason,
            ),
        ),
        chain=(f"{said[0].upper()}{said[1:]}.", "So the scheduler keeps the pod off."),
        fixes=_resource_claim_fixes.for_more_devices(case, index, of_class)
        if made_claim(case, index)
        else _resource_claim_fixes.for_a_claim_not_made(case, index),
        paths=paths,
        change=Change.DAEMONSET,
        key=f"{refusal.claim} {refusal.device_class}",
    )

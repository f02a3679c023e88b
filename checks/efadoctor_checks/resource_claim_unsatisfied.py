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

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    Fix,
    Path,
    Setting,
    Stage,
    change_pod,
    check,
    reference,
)
from efadoctor.model.kubernetes import (
    DeviceClass,
    Node,
    Pod,
    ResourceClaim,
    ResourceClaimTemplate,
    ResourceSlice,
    Workload,
)
from efadoctor.scheduling.karpenter.blockers import DraNotSupported
from efadoctor_checks._paths import every_path, likeliest, named
from efadoctor_checks._resource_claims import Device, Unmet, devices, published, shared, unmet


@check(
    "EFA114",
    stage=Stage.POD,
    needs=(ResourceSlice, DeviceClass),
    uses=(ResourceClaim, ResourceClaimTemplate, Node, Pod, Workload),
)
def resource_claim_unsatisfied(case: Case) -> Iterator[Finding]:
    """One finding for each claim, and one for NodePools that ignore claims."""
    if case.pod.spec.node_name or not case.pod.spec.resource_claims:
        return
    broken = tuple(unmet(case))
    for found in broken:
        yield _broken(case, found)
    if broken:
        return
    for device in devices(case):
        if device.driver and not shared(case.snapshot, device.driver):
            short = [p for p in case.paths if _is_short(case, p, device)]
            if short:
                yield _short(case, device, short)
    ignoring = [p for p in case.paths if _ignores(p)]
    if ignoring:
        yield _ignored(case, ignoring)


def _is_short(case: Case, path: Path, device: Device) -> bool:
    if path.hypothetical:
        return False
    return published(case.snapshot, device.driver, path.node) < device.count


def _ignores(path: Path) -> bool:
    blockers = path.judgement.blockers if path.judgement is not None else ()
    return any(isinstance(b, DraNotSupported) for b in blockers)


def _broken(case: Case, found: Unmet) -> Finding:
    fixes: tuple[Fix, ...] = ()
    if found.near is not None and found.field:
        edit = Setting(found.field, found.near)
        fixes = change_pod(case.snapshot, case.pod, (edit,), title=f"Claim {found.near}")
    return Finding(
        object=case.pod_ref,
        summary=f"Claim {found.claim} of the pod cannot be met: {found.sentence}.",
        evidence=found.evidence,
        chain=(f"{found.sentence}.", "So the scheduler allocates nothing and tries no node."),
        fixes=fixes,
        paths=every_path(case),
        change=Change.SPELLING if found.near else Change.SELECTOR,
        key=found.claim,
    )


def _short(case: Case, device: Device, paths: list[Path]) -> Finding:
    path = likeliest(paths)
    has = published(case.snapshot, device.driver, path.node)
    index = next(i for i, u in enumerate(case.pod.spec.resource_claims) if u.name == device.claim)
    said = (
        f"claim {device.claim} asks for {device.count} of class {device.device_class}, and driver "
        f"{device.driver} has published {has} on {named(path)}"
    )
    return Finding(
        object=case.pod_ref,
        summary=f"The pod's {said}.",
        evidence=(
            Evidence(
                object=case.pod_ref,
                field=f"spec.resourceClaims[{index}]",
                value=case.pod.spec.resource_claims[index],
                note=f"{has} of {device.count} devices of {device.driver}",
            ),
        ),
        chain=(f"The {said}.", "So the scheduler cannot allocate the claim there."),
        fixes=(
            Fix(
                title=f"Install driver {device.driver} on the nodes, or ask for fewer devices",
                unprovable="only the driver can tell which devices it finds",
            ),
        ),
        paths=frozenset(p.id for p in paths),
        change=Change.DAEMONSET,
        key=device.claim,
    )


def _ignored(case: Case, paths: list[Path]) -> Finding:
    pool = likeliest(paths).pool
    where = reference(pool).short if pool is not None else "Karpenter"
    return Finding(
        object=case.pod_ref,
        summary="The pod uses resource claims, for which Karpenter makes no node.",
        evidence=(
            Evidence(
                object=case.pod_ref,
                field="spec.resourceClaims",
                value=case.pod.spec.resource_claims,
            ),
        ),
        chain=(
            "A container of the pod uses a resource claim.",
            f"Karpenter ignores such pods by default, so {where} launches nothing.",
        ),
        fixes=(
            Fix(
                title="Ask for vpc.amazonaws.com/efa of the device plugin instead of a claim",
                unprovable="the device plugin must be installed in the driver's place",
            ),
        ),
        paths=frozenset(p.id for p in paths),
        change=Change.SELECTOR,
        key="karpenter",
    )

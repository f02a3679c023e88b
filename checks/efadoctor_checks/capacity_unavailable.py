"""EC2 has no capacity for the instance types, or reserved capacity is not selected.

## What it checks

Failed launches that speak for now: events of insufficient capacity on the NodePool's NodeClaims
(the NodeClaims themselves are gone within seconds) since the pod exists and not older than a
quarter of an hour; a NodeClaim that is still there; the newest scaling activity and the health
issues of a node group. Beside them: capacity reservations that have free instances of a fitting
type, and that the NodeClass does not select or the NodePool does not allow; types that EC2 offers
in capacity blocks alone.

## Why it matters

P and Trn types are rarely to be had on demand. A reservation is used by Karpenter only if the
NodeClass selects it and the NodePool allows the capacity type `reserved`; without that, capacity
that is paid for stands idle while the pod waits.

## Evidence

The reason of the event or condition, or the error code of the scaling activity: no object survives
a launch that EC2 had no capacity for. The reservation.

## Fix

Select the reservation; else let the NodePool launch other types, other zones, or wait for
capacity. No copy of the cluster can show what EC2 has.

## Sources

- https://karpenter.sh/docs/tasks/odcrs/
- https://karpenter.sh/docs/troubleshooting/
- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html
- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-capacity-blocks.html
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    Fix,
    ObjectRef,
    Path,
    Risk,
    Stage,
    check,
    reference,
)
from efadoctor.model.aws import NodeGroup, ScalingActivity, Subnet
from efadoctor.model.karpenter import NodeClaim, NodePool
from efadoctor.model.kubernetes import Event, Node
from efadoctor_checks._capacity_words import lacking
from efadoctor_checks._failures import Failure
from efadoctor_checks._launches import OFFERINGS, attempts
from efadoctor_checks._offerings import lacks_reservation, of_blocks_only
from efadoctor_checks._pool_types import READS
from efadoctor_checks._reservations import Unused, elsewhere_fix, selecting_fix, unused


@check(
    "EFA208",
    stage=Stage.PROVISIONING,
    needs=(Node,),
    uses=(*READS, *OFFERINGS, NodePool, NodeClaim, NodeGroup, ScalingActivity, Subnet, Event),
)
def capacity_unavailable(case: Case) -> Iterator[Finding]:
    """One finding for each NodePool or node group."""
    for path in case.paths:
        if not path.hypothetical or path.serves is False:
            continue
        seen = [a for a in attempts(case, path) if a.failure is Failure.CAPACITY]
        if seen and _would_launch(path):
            yield _finding(case, path, tuple(a.evidence for a in seen[:2]), seen[0].reason)
        elif lacks_reservation(path) or of_blocks_only(case, path):
            yield _finding(case, path, (), "")


def _would_launch(path: Path) -> bool:
    """Whether the way in takes the pod: else another launch has failed, not the pod's."""
    return path.judgement is None or not path.judgement.blockers


def _finding(case: Case, path: Path, evidence: tuple[Evidence, ...], reason: str) -> Finding:
    ref = reference(path.pool) if path.pool is not None else _group(path)
    idle = tuple(unused(case, path))
    why = lacking(case, path, reason)
    said = f"{why[0].upper()}{why[1:]}"
    hint = f"; {_idle(idle[0])}" if idle else ""
    return Finding(
        object=ref,
        summary=f"{said}{hint}.",
        evidence=(*evidence, *(e for u in idle for e in u.evidence)) or (_requirements(path),),
        chain=(
            f"{said}.",
            *(f"{_idle(u)[0].upper()}{_idle(u)[1:]}." for u in idle),
            "So no node comes, and the pod waits.",
        ),
        fixes=tuple(_fixes(case, path, idle)),
        paths=frozenset({path.id}),
        change=Change.POOL_FIELD if idle else Change.BOUGHT,
    )


def _group(path: Path) -> ObjectRef:
    return ObjectRef("aws/eks", "NodeGroup", "", path.id.name)


def _idle(found: Unused) -> str:
    free = found.reservation.available_instance_count
    return (
        f"reservation {found.reservation.capacity_reservation_id} has {free} free "
        f"{found.reservation.instance_type}, which {found.why}"
    )


def _requirements(path: Path) -> Evidence:
    value = path.pool.spec.template.spec.requirements if path.pool is not None else None
    ref = reference(path.pool) if path.pool is not None else _group(path)
    return Evidence(object=ref, field="spec.template.spec.requirements", value=value)


def _fixes(case: Case, path: Path, idle: tuple[Unused, ...]) -> Iterator[Fix]:
    for found in idle[:1]:
        yield selecting_fix(case, path, found)
    yield from elsewhere_fix(case, path)
    yield Fix(
        title="Reserve capacity: an On-Demand Capacity Reservation or a Capacity Block",
        risk=Risk.COSTS_MONEY,
        unprovable="only EC2 can tell what capacity it has",
    )

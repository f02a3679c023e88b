"""EC2 refuses the launch: a quota, a permission, the launch template, or a subnet that is full.

## What it checks

Launches that failed for another reason than capacity: the reason in a NodeClaim's `Launched`
condition or in the NodePool's `NodeRegistrationHealthy`, the error code in a node group's newest
scaling activity or health issue. And, before any launch, whether the subnets have as many free
addresses as an instance takes: Karpenter attaches an interface with an address of its own to every
network card, 32 on a p5.48xlarge.

## Why it matters

A refused launch leaves a NodeClaim that comes and goes every few minutes. Quotas for P instances
start at zero vCPUs; a /27 has not enough addresses for one p5.

## Evidence

The reason or error code; the subnet's free addresses.

## Fix

By the reason: raise the quota, allow the action, correct the launch template, use larger subnets.

## Sources

- https://karpenter.sh/docs/troubleshooting/
- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-resource-limits.html
- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html
- https://docs.aws.amazon.com/eks/latest/APIReference/API_Issue.html
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Finding,
    Fix,
    Path,
    Risk,
    Stage,
    check,
    reference,
)
from efadoctor.model.aws import NodeGroup, ScalingActivity, Subnet
from efadoctor.model.karpenter import EC2NodeClass, NodeClaim, NodePool
from efadoctor.model.kubernetes import Event, Node
from efadoctor_checks._failures import Failure
from efadoctor_checks._launch_quotas import quota_request
from efadoctor_checks._launches import OFFERINGS, Attempt, attempts, wording
from efadoctor_checks._paths import named
from efadoctor_checks._subnet_space import full_subnets

_BOUGHT = (Failure.QUOTA, Failure.ACCOUNT)
_FIXES = {
    Failure.QUOTA: "Raise the quota for running instances of this kind",
    Failure.PERMISSION: "Allow the role that launches what it was refused",
    Failure.TEMPLATE: "Correct the launch template",
    Failure.IMAGE: "Select an AMI that this account may use",
    Failure.ADDRESSES: "Use subnets with more free addresses",
    Failure.NETWORK: "Select subnets and security groups of one VPC",
    Failure.PROFILE: "Correct the instance profile of the nodes",
    Failure.ACCOUNT: "Ask AWS Support to enable such instances for the account",
    Failure.UNSUPPORTED: "Launch in a zone that supports the type",
    Failure.OTHER: "Read the message of the launch",
}


@check(
    "EFA209",
    stage=Stage.PROVISIONING,
    needs=(Node,),
    uses=(
        NodePool,
        NodeClaim,
        EC2NodeClass,
        NodeGroup,
        ScalingActivity,
        Subnet,
        *OFFERINGS,
        Event,
    ),
    explains=("node-not-joined",),
)
def launch_refused(case: Case) -> Iterator[Finding]:
    """One finding for each reason of each NodePool or node group."""
    for path in case.paths:
        if not path.hypothetical or path.serves is False or _is_refused(path):
            continue
        seen: dict[Failure, Attempt] = {}
        for attempt in attempts(case, path):
            if attempt.failure is not Failure.CAPACITY:
                seen.setdefault(attempt.failure, attempt)
        for attempt in seen.values():
            yield _finding(path, attempt)
        full = full_subnets(case, path) if Failure.ADDRESSES not in seen else None
        if full is not None:
            yield _finding(path, full)


def _is_refused(path: Path) -> bool:
    """Whether the way in does not take the pod: then another pod's launch has failed."""
    return path.judgement is not None and bool(path.judgement.blockers)


def _finding(path: Path, attempt: Attempt) -> Finding:
    failure = attempt.failure
    said = f"{failure.value[0].upper()}{failure.value[1:]} ({attempt.reason})"
    holder = path.pool if path.pool is not None else path.group
    quota = failure in _BOUGHT
    request = quota_request(path, attempt.reason) if failure is Failure.QUOTA else None
    return Finding(
        object=reference(holder),
        summary=f"{said}: {named(path)} launches nothing.",
        evidence=(attempt.evidence, *wording(attempt), *attempt.more),
        chain=(f"{said}.", f"So the instance that {named(path)} asks EC2 for does not come."),
        fixes=(
            Fix(
                title=_FIXES[failure],
                edits=(request,) if request is not None else (),
                risk=Risk.COSTS_MONEY if quota else Risk.SAFE,
                unprovable="only EC2 can tell whether the next launch goes through",
            ),
        ),
        paths=frozenset({path.id}),
        change=Change.BOUGHT if quota else Change.POOL_FIELD,
        key=failure.name,
    )

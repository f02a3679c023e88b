"""A security group on an EFA interface lacks the ingress rule for all traffic from itself.

## What it checks

Every EFA interface of the nodes that serve the pod (or the groups that their NodeClass would put
on them): some group on it must have a rule for all protocols (`-1`) from a group on the same
interface. The rules of all groups on an interface add up. Rules for addresses, such as
`0.0.0.0/0`, do not count, nor do rules for TCP or UDP alone.

## Why it matters

EFA's protocol has no IP addresses, so only rules that reference a group apply to it. Without one
the pod schedules and starts; then peers do not answer ("unresponsive receiver"), while ping and
TCP between the same nodes work.

## Evidence

The group's ingress rules, and the interface (or NodeClass) that carries the group.

## Fix

Add the rule. It changes nothing for other traffic inside the group, and takes effect at once.

## Sources

- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html
- https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
"""

from collections.abc import Iterator

from efadoctor.authoring import Case, Finding, Severity, Stage, check
from efadoctor.model.aws import SecurityGroup
from efadoctor_checks import _fabric, _self_rules


@check(
    "EFA602",
    stage=Stage.NETWORK,
    severity=Severity.WARNING,
    needs=(SecurityGroup,),
    uses=_fabric.FACTS,
)
def sg_ingress_self_missing(case: Case) -> Iterator[Finding]:
    """One finding for each group that lacks the rule."""
    yield from _self_rules.missing(case, egress=False)

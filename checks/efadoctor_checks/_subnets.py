"""Subnets that a NodeClass could select and does not."""

from __future__ import annotations

from efadoctor.authoring import AwsCall, Case, Fix
from efadoctor.model.aws import Subnet
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor.scheduling.names import ZONE
from efadoctor_checks._zones import Narrowing


def untagged(case: Case, nodeclass: EC2NodeClass, narrowing: Narrowing) -> Subnet | None:
    """A subnet of the same VPC in a wanted zone that the NodeClass does not select."""
    known = {s.id: case.snapshot.get(Subnet, s.id) for s in nodeclass.status.subnets}
    networks = {s.vpc_id for s in known.values() if s is not None}
    by_name = narrowing.requirement.key == ZONE
    found = (
        s
        for s in case.snapshot.all(Subnet)
        if s.vpc_id in networks
        and s.subnet_id not in known
        and narrowing.requirement.has(s.availability_zone if by_name else s.availability_zone_id)
    )
    return min(found, key=lambda s: s.subnet_id, default=None)


def tagged(nodeclass: EC2NodeClass, subnet: Subnet | None) -> tuple[Fix, ...]:
    """The subnet that is there, given the tags that the NodeClass selects by."""
    terms = (t.tags for t in nodeclass.spec.subnet_selector_terms)
    wanted = next((t for t in terms if t and "*" not in t.values()), None)
    if subnet is None or wanted is None:
        return ()
    tags = [{"Key": key, "Value": value} for key, value in sorted(wanted.items())]
    call = AwsCall(
        service="ec2",
        operation="create-tags",
        parameters={"Resources": [subnet.subnet_id], "Tags": tags},
    )
    title = f"Tag {subnet.subnet_id} in {subnet.availability_zone} so that the NodeClass selects it"
    return (Fix(title=title, edits=(call,)),)

"""What the conditions of an EC2NodeClass speak of.

Types and reasons: https://github.com/aws/karpenter-provider-aws/tree/v1.14.1/pkg/controllers/nodeclass
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from efadoctor.model.karpenter import EC2NodeClass, SelectorTerm
from efadoctor.model.kubernetes import Condition


class Part(Enum):
    """A part of a NodeClass, by the field that decides its condition."""

    SUBNETS = "spec.subnetSelectorTerms"
    SECURITY_GROUPS = "spec.securityGroupSelectorTerms"
    AMIS = "spec.amiSelectorTerms"
    RESERVATIONS = "spec.capacityReservationSelectorTerms"
    PLACEMENT_GROUP = "spec.placementGroupSelector"
    INSTANCE_PROFILE = "spec.role"
    OTHER = "status.conditions"


_PARTS: Mapping[str, Part] = {
    "SubnetsReady": Part.SUBNETS,
    "SecurityGroupsReady": Part.SECURITY_GROUPS,
    "AMIsReady": Part.AMIS,
    "CapacityReservationsReady": Part.RESERVATIONS,
    "PlacementGroupReady": Part.PLACEMENT_GROUP,
    "InstanceProfileReady": Part.INSTANCE_PROFILE,
}

_PERMISSIONS: Mapping[str, str] = {
    "CreateLaunchTemplateAuthCheckFailed": "ec2:CreateLaunchTemplate",
    "CreateFleetAuthCheckFailed": "ec2:CreateFleet",
    "RunInstancesAuthCheckFailed": "ec2:RunInstances",
    "PlacementGroupResolutionFailed": "ec2:DescribePlacementGroups",
}

_FINDS_NOTHING = {
    Part.SUBNETS: "no subnet matches",
    Part.SECURITY_GROUPS: "no security group matches",
    Part.AMIS: "no AMI matches",
    Part.RESERVATIONS: "no capacity reservation matches",
    Part.PLACEMENT_GROUP: "there is no placement group",
}


def part_of(condition: str) -> Part:
    """The part that a condition speaks of."""
    return _PARTS.get(condition, Part.OTHER)


def permission(reason: str) -> str:
    """The AWS action that a reason says is denied, "" for any other reason."""
    return _PERMISSIONS.get(reason, "")


def sentence(part: Part, node_class: EC2NodeClass, condition: Condition) -> str:
    """What is amiss with a part."""
    if part is Part.INSTANCE_PROFILE:
        spec = node_class.spec
        which = f"role {spec.role}" if spec.role else f"instance profile {spec.instance_profile}"
        return f"its {which} gives no instance profile ({condition.reason})"
    finds = _FINDS_NOTHING.get(part)
    if finds is None:
        return f"condition {condition.type} is {condition.status} ({condition.reason})"
    return f"{finds} {written(part, node_class)}"


def terms_of(part: Part, node_class: EC2NodeClass) -> tuple[SelectorTerm, ...]:
    """The selector terms behind a part."""
    spec = node_class.spec
    match part:
        case Part.SUBNETS:
            return spec.subnet_selector_terms
        case Part.SECURITY_GROUPS:
            return spec.security_group_selector_terms
        case Part.AMIS:
            return spec.ami_selector_terms
        case Part.RESERVATIONS:
            return spec.capacity_reservation_selector_terms
        case _:
            return ()


def written(part: Part, node_class: EC2NodeClass) -> str:
    """A part's selector on one line."""
    group = node_class.spec.placement_group_selector
    if part is Part.PLACEMENT_GROUP and group is not None:
        return group.name or group.id
    return " or ".join(_term(t) for t in terms_of(part, node_class)) or "nothing"


def _term(term: SelectorTerm) -> str:
    plain = [w for w in (term.id, term.name, term.alias) if w]
    return " ".join([*plain, *(f"{k}={v}" for k, v in term.tags.items())])

"""Reasons and error codes of failed launches, and what each means.

Reasons: https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/errors/errors.go ,
codes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and
https://docs.aws.amazon.com/eks/latest/APIReference/API_Issue.html
"""

from __future__ import annotations

import re
from enum import Enum


class Failure(Enum):
    """Why EC2 launched nothing: the value is for a sentence."""

    CAPACITY = "EC2 has no capacity"
    QUOTA = "an EC2 quota of the account is used up"
    PERMISSION = "the launch is not authorized"
    TEMPLATE = "the launch template is missing or not valid"
    IMAGE = "the AMI cannot be used"
    ADDRESSES = "the subnet has too few free addresses"
    NETWORK = "subnets and security groups are not of one VPC"
    PROFILE = "the instance profile is not valid"
    ACCOUNT = "the account may not launch such instances yet"
    UNSUPPORTED = "the type is not supported in that zone"
    OTHER = "the launch was refused or failed"


_REASONS: dict[str, Failure] = {
    "InsufficientCapacityError": Failure.CAPACITY,
    "InsufficientInstanceCapacity": Failure.CAPACITY,
    "UnfulfillableCapacity": Failure.CAPACITY,
    "ReservationCapacityExceeded": Failure.CAPACITY,
    "InsufficientReservedInstanceCapacity": Failure.CAPACITY,
    "SpotSLRCreationFailed": Failure.PERMISSION,
    "Unauthorized": Failure.PERMISSION,
    "UnauthorizedOperation": Failure.PERMISSION,
    "AccessDenied": Failure.PERMISSION,
    "AuthFailure": Failure.PERMISSION,
    "AMIAuthorizationFailure": Failure.IMAGE,
    "InvalidAMIID": Failure.IMAGE,
    "AMINotFound": Failure.IMAGE,
    "AmiIdNotFound": Failure.IMAGE,
    "SecurityGroupSubnetVPCMismatch": Failure.NETWORK,
    "Ec2SecurityGroupNotFound": Failure.NETWORK,
    "Ec2SubnetNotFound": Failure.NETWORK,
    "InstanceProfileNameInvalid": Failure.PROFILE,
    "IamInstanceProfileNotFound": Failure.PROFILE,
    "IamNodeRoleNotFound": Failure.PROFILE,
    "LaunchTemplateNotFound": Failure.TEMPLATE,
    "Ec2LaunchTemplateNotFound": Failure.TEMPLATE,
    "Ec2LaunchTemplateInvalidConfiguration": Failure.TEMPLATE,
    "Ec2LaunchTemplateVersionMismatch": Failure.TEMPLATE,
    "UserDataSizeLimitExceeded": Failure.TEMPLATE,
    "InvalidParameterCombination": Failure.TEMPLATE,
    "InvalidParameterValue": Failure.TEMPLATE,
    "FleetQuotaExceeded": Failure.QUOTA,
    "SpotQuotaExceeded": Failure.QUOTA,
    "MaxSpotInstanceCountExceeded": Failure.QUOTA,
    "MaxFleetCountExceeded": Failure.QUOTA,
    "VCPULimitExceeded": Failure.QUOTA,
    "VcpuLimitExceeded": Failure.QUOTA,
    "InstanceLimitExceeded": Failure.QUOTA,
    "InsufficientFreeAddressesInSubnet": Failure.ADDRESSES,
    "InsufficientFreeAddresses": Failure.ADDRESSES,
    "AccountPendingVerification": Failure.ACCOUNT,
    "PendingVerification": Failure.ACCOUNT,
    "FreeTierIneligible": Failure.ACCOUNT,
    "Unsupported": Failure.UNSUPPORTED,
    "Ec2InstanceTypeDoesNotExist": Failure.UNSUPPORTED,
    "RequestLimitExceeded": Failure.OTHER,
    "LaunchFailed": Failure.OTHER,
    "AsgInstanceLaunchFailures": Failure.OTHER,
    "InstanceTypeResolutionFailed": Failure.OTHER,
    "SubnetResolutionFailed": Failure.NETWORK,
}
_VAGUE = frozenset({"InsufficientCapacityError", "LaunchFailed", "AsgInstanceLaunchFailures"})
"""Reasons for many things: Karpenter counts a used up quota and a full subnet as insufficient
capacity, and what it has no reason for as a failed launch
(https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/errors/errors.go); EKS has one code
for whatever Auto Scaling could not launch. The AWS error code in the message then tells which."""

_MOST_READ, _MOST_WORDS = 4000, 160
_CODE = re.compile(r"\b[A-Za-z][A-Za-z0-9]{5,60}\b")

_SENTENCES = {
    "do not have sufficient": Failure.CAPACITY,
    "no Spot capacity available": Failure.CAPACITY,
    "vCPU limit": Failure.QUOTA,
    "reached your quota": Failure.QUOTA,
    "not authorized to perform": Failure.PERMISSION,
    "enough free addresses": Failure.ADDRESSES,
    "is not supported in your requested Availability Zone": Failure.UNSUPPORTED,
}
"""What Auto Scaling writes of a launch that EC2 refused, where it leaves out EC2's code
(https://docs.aws.amazon.com/autoscaling/ec2/userguide/CHAP_Troubleshooting.html)."""


def meaning(reason: str, message: str) -> tuple[Failure, str] | None:
    """What a reason means, by the AWS error code beside it where the reason is a vague one."""
    failure = _REASONS.get(reason)
    if failure is None:
        return None
    if reason not in _VAGUE:
        return failure, reason
    return failure_in(message) or (_in_words(message) or failure, reason)


def failed(text: str) -> tuple[Failure, str]:
    """Why a launch failed of which only a text is left: by its code, else by how it begins."""
    begins = text.partition(". ")[0][:_MOST_WORDS].rstrip(".") or "no reason given"
    return failure_in(text) or (_in_words(text) or Failure.OTHER, begins)


def _in_words(text: str) -> Failure | None:
    return next((f for words, f in _SENTENCES.items() if words in text[:_MOST_READ]), None)


def failure_in(text: str) -> tuple[Failure, str] | None:
    """The first AWS error code in a text, and what it means."""
    found = ((_REASONS.get(word), word) for word in _CODE.findall(text[:_MOST_READ]))
    return next(((failure, word) for failure, word in found if failure is not None), None)

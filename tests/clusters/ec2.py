"""Things of EC2, as its API describes them."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from clusters.names import ACCOUNT, LONG_AGO, NODE_SG, ZONE, Json


def interface(number: int, instance: str, type_: str = "efa", groups: Iterable[str] = ()) -> Json:
    return {
        "NetworkInterfaceId": f"eni-{instance[2:8]}{number:03}",
        "InterfaceType": type_,
        "Status": "in-use",
        "SubnetId": "subnet-0a",
        "VpcId": "vpc-0a",
        "Groups": [{"GroupId": g, "GroupName": g} for g in groups or (NODE_SG,)],
        "Attachment": {
            "DeviceIndex": 0 if number == 0 else 1,
            "NetworkCardIndex": number,
            "InstanceId": instance,
            "Status": "attached",
        },
    }


def security_group(group: str) -> Json:
    """A group with self-referencing rules for all traffic, both ways."""
    own = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group, "UserId": ACCOUNT}]}
    out = {"IpProtocol": "-1", "UserIdGroupPairs": [], "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    return {
        "GroupId": group,
        "GroupName": group,
        "VpcId": "vpc-0a",
        "IpPermissions": [copy.deepcopy(own)],
        "IpPermissionsEgress": [out, copy.deepcopy(own)],
        "Tags": [{"Key": "karpenter.sh/discovery", "Value": "prod"}],
    }


def instance(instance_id: str, type_: str, interfaces: list[Json], profile: str = "") -> Json:
    return {
        "InstanceId": instance_id,
        "InstanceType": type_,
        "LaunchTime": LONG_AGO,
        "State": {"Name": "running"},
        "SubnetId": "subnet-0a",
        "VpcId": "vpc-0a",
        "Placement": {"AvailabilityZone": ZONE, "GroupName": "", "Tenancy": "default"},
        "NetworkInterfaces": interfaces,
        "IamInstanceProfile": {"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/{profile}"},
    }


def subnet(subnet_id: str, zone: str) -> Json:
    return {
        "SubnetId": subnet_id,
        "VpcId": "vpc-0a",
        "AvailabilityZone": zone,
        "AvailableIpAddressCount": 4000,
        "State": "available",
        "Tags": [{"Key": "karpenter.sh/discovery", "Value": "prod"}],
    }


def instance_type(name: str, cards: int, efa: int, gpus: int, vcpus: int, gib: int) -> Json:
    return {
        "InstanceType": name,
        "SupportedUsageClasses": ["on-demand", "spot"],
        "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]},
        "VCpuInfo": {"DefaultVCpus": vcpus},
        "MemoryInfo": {"SizeInMiB": gib * 1024},
        "Hypervisor": "nitro",
        "NetworkInfo": {
            "MaximumNetworkInterfaces": 15 * cards,
            "MaximumNetworkCards": cards,
            "NetworkCards": [
                {"NetworkCardIndex": i, "MaximumNetworkInterfaces": 2} for i in range(cards)
            ],
            "EfaSupported": efa > 0,
        }
        | ({"EfaInfo": {"MaximumEfaInterfaces": efa}} if efa else {}),
        "PlacementGroupInfo": {"SupportedStrategies": ["cluster", "partition", "spread"]},
    } | (
        {"GpuInfo": {"Gpus": [{"Name": "H100", "Manufacturer": "NVIDIA", "Count": gpus}]}}
        if gpus
        else {}
    )

"""What AWS answers to every operation, by its source."""

from __future__ import annotations

import copy

from clusters.ec2 import instance, instance_type, interface, security_group, subnet
from clusters.names import (
    ACCOUNT,
    CLUSTER_SG,
    EFA_INSTANCE,
    GROUP_ROLE,
    NODE_ROLE,
    NODE_SG,
    OTHER_ZONE,
    REGION,
    ZONE,
    Json,
)

Responses = dict[str, list[Json]]


def responses() -> Responses:
    return {**_instances(), **_network(), **_capacity(), **_node_groups(), **_access()}


def _instances() -> Responses:
    interfaces = [interface(i, EFA_INSTANCE) for i in range(32)]
    system = [
        instance(name, "m7i.2xlarge", [interface(0, name, "interface", [CLUSTER_SG])], "nodegroup")
        for name in ("i-0system1", "i-0system2")
    ]
    efa = instance(EFA_INSTANCE, "p5.48xlarge", interfaces, "prod_karpenter")
    return {
        "aws/ec2/describe-instances": [{"Instances": [*system, efa]}],
        "aws/ec2/describe-network-interfaces": [
            {**i, "AvailabilityZone": ZONE} for i in copy.deepcopy(interfaces)
        ],
    }


def _network() -> Responses:
    return {
        "aws/ec2/describe-security-groups": [security_group(NODE_SG), security_group(CLUSTER_SG)],
        "aws/ec2/describe-subnets": [subnet("subnet-0a", ZONE), subnet("subnet-0b", OTHER_ZONE)],
        "aws/ec2/describe-placement-groups": [],
    }


def _capacity() -> Responses:
    """What can be launched, and where."""
    types = [
        instance_type("p5.48xlarge", 32, 32, 8, 192, 2048),
        instance_type("p4d.24xlarge", 4, 4, 8, 96, 1152),
        instance_type("g5.8xlarge", 1, 1, 1, 32, 128),
        instance_type("m7i.2xlarge", 1, 0, 0, 8, 32),
    ]
    offerings = [
        {"InstanceType": t["InstanceType"], "Location": zone, "LocationType": "availability-zone"}
        for t in types
        for zone in (ZONE, OTHER_ZONE)
    ]
    return {
        "aws/ec2/describe-capacity-reservations": [],
        "aws/ec2/describe-availability-zones": [
            {"ZoneName": ZONE, "ZoneId": "usw2-az1", "State": "available"},
            {"ZoneName": OTHER_ZONE, "ZoneId": "usw2-az2", "State": "available"},
        ],
        "aws/ec2/describe-instance-types": types,
        "aws/ec2/describe-instance-type-offerings": offerings,
    }


def _node_groups() -> Responses:
    """The cluster, and its one managed node group."""
    cluster = {
        "name": "prod",
        "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/prod",
        "version": "1.36",
        "status": "ACTIVE",
        "resourcesVpcConfig": {"clusterSecurityGroupId": CLUSTER_SG, "vpcId": "vpc-0a"},
        "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"},
    }
    group = {
        "nodegroupName": "system",
        "clusterName": "prod",
        "status": "ACTIVE",
        "capacityType": "ON_DEMAND",
        "scalingConfig": {"minSize": 2, "maxSize": 4, "desiredSize": 2},
        "instanceTypes": ["m7i.2xlarge"],
        "subnets": ["subnet-0a", "subnet-0b"],
        "amiType": "AL2023_x86_64_STANDARD",
        "nodeRole": GROUP_ROLE,
        "launchTemplate": {"name": "system", "version": "1", "id": "lt-0system"},
        "resources": {"autoScalingGroups": [{"name": "eks-system"}]},
        "health": {"issues": []},
    }
    template = {
        "LaunchTemplateId": "lt-0system",
        "LaunchTemplateName": "system",
        "VersionNumber": 1,
        "DefaultVersion": True,
        "LaunchTemplateData": {"SecurityGroupIds": [CLUSTER_SG]},
    }
    scaling_group = {
        "AutoScalingGroupName": "eks-system",
        "MinSize": 2,
        "MaxSize": 4,
        "DesiredCapacity": 2,
        "Tags": [{"Key": "eks:nodegroup-name", "Value": "system"}],
    }
    return {
        "aws/ec2/describe-launch-template-versions": [template],
        "aws/autoscaling/describe-auto-scaling-groups": [scaling_group],
        "aws/eks/describe-cluster": [cluster],
        "aws/eks/list-nodegroups": [{"name": "system"}],
        "aws/eks/describe-nodegroup": [group],
    }


def _access() -> Responses:
    """What lets nodes into the cluster."""
    roles = (NODE_ROLE, GROUP_ROLE)
    profile = {
        "InstanceProfileName": "prod_karpenter",
        "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/prod_karpenter",
        "Roles": [{"RoleName": "karpenter-node", "Arn": NODE_ROLE}],
    }
    return {
        "aws/eks/list-access-entries": [{"arn": role} for role in roles],
        "aws/eks/describe-access-entry": [
            {"principalArn": role, "type": "EC2_LINUX", "kubernetesGroups": ["system:nodes"]}
            for role in roles
        ],
        "aws/iam/get-instance-profile": [profile],
    }

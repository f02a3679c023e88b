"""Names of objects: Kubernetes objects and the AWS things that findings are about."""

from enum import Enum
from typing import Any

import msgspec

from efadoctor.model import aws
from efadoctor.model.kubernetes import KubernetesObject


class AwsKind(Enum):
    """The AWS things a finding can name; the value is the kind in a report."""

    INSTANCE = "Instance"
    NETWORK_INTERFACE = "NetworkInterface"
    SECURITY_GROUP = "SecurityGroup"
    SUBNET = "Subnet"
    PLACEMENT_GROUP = "PlacementGroup"
    CAPACITY_RESERVATION = "CapacityReservation"
    LAUNCH_TEMPLATE = "LaunchTemplate"
    INSTANCE_TYPE = "InstanceType"
    NODE_GROUP = "NodeGroup"
    AUTO_SCALING_GROUP = "AutoScalingGroup"
    ACCESS_ENTRY = "AccessEntry"
    INSTANCE_PROFILE = "InstanceProfile"
    CLUSTER = "Cluster"


class ObjectRef(msgspec.Struct, frozen=True, order=True):
    """An object by API version, kind, namespace ("" where it has none) and name.

    AWS things have ``aws/<service>`` for an API version, their kind from ``AwsKind``
    and their id (placement groups and node groups: their name) for a name.
    """

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}" if self.namespace else self.short

    @property
    def short(self) -> str:
        """Kind and name, as kubectl prints them."""
        return f"{self.kind}/{self.name}"


_AWS_IDENTITY: dict[type[Any], tuple[str, AwsKind, str]] = {
    aws.Instance: ("ec2", AwsKind.INSTANCE, "instance_id"),
    aws.NetworkInterface: ("ec2", AwsKind.NETWORK_INTERFACE, "network_interface_id"),
    aws.SecurityGroup: ("ec2", AwsKind.SECURITY_GROUP, "group_id"),
    aws.Subnet: ("ec2", AwsKind.SUBNET, "subnet_id"),
    aws.PlacementGroup: ("ec2", AwsKind.PLACEMENT_GROUP, "group_name"),
    aws.CapacityReservation: ("ec2", AwsKind.CAPACITY_RESERVATION, "capacity_reservation_id"),
    aws.LaunchTemplateVersion: ("ec2", AwsKind.LAUNCH_TEMPLATE, "launch_template_id"),
    aws.InstanceTypeInfo: ("ec2", AwsKind.INSTANCE_TYPE, "instance_type"),
    aws.NodeGroup: ("eks", AwsKind.NODE_GROUP, "nodegroup_name"),
    aws.AutoScalingGroup: (
        "autoscaling",
        AwsKind.AUTO_SCALING_GROUP,
        "auto_scaling_group_name",
    ),
    aws.AccessEntry: ("eks", AwsKind.ACCESS_ENTRY, "principal_arn"),
    aws.Cluster: ("eks", AwsKind.CLUSTER, "name"),
    aws.InstanceProfile: ("iam", AwsKind.INSTANCE_PROFILE, "instance_profile_name"),
}


def reference(thing: Any) -> ObjectRef:
    """The reference of a typed view. Raises TypeError for a view that has no identity."""
    if isinstance(thing, KubernetesObject):
        meta = thing.metadata
        return ObjectRef(thing.api_version, thing.kind, meta.namespace, meta.name)
    try:
        service, kind, field = _AWS_IDENTITY[type(thing)]
    except KeyError:
        raise TypeError(f"{type(thing).__name__} has no identity of its own") from None
    return ObjectRef(f"aws/{service}", kind.value, "", getattr(thing, field))


def aws_type(kind: str) -> type[Any] | None:
    """The view type of an AWS kind, None for any other kind."""
    return next((t for t, (_, k, _f) in _AWS_IDENTITY.items() if k.value == kind), None)

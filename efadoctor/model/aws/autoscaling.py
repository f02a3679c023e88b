"""Auto Scaling groups and their activities."""

from msgspec import field

from efadoctor.model.aws.tags import Tag
from efadoctor.model.structs import AwsView


class AutoScalingInstance(AwsView):
    instance_id: str = ""
    instance_type: str = ""
    availability_zone: str = ""
    lifecycle_state: str = ""
    health_status: str = ""


class AutoScalingGroup(AwsView):
    auto_scaling_group_name: str = ""
    min_size: int = 0
    max_size: int = 0
    desired_capacity: int = 0
    availability_zones: tuple[str, ...] = ()
    vpc_zone_identifier: str = field(default="", name="VPCZoneIdentifier")
    placement_group: str = ""
    instances: tuple[AutoScalingInstance, ...] = ()
    tags: tuple[Tag, ...] = ()


class ScalingActivity(AwsView):
    auto_scaling_group_name: str = ""
    status_code: str = ""
    status_message: str = ""
    cause: str = ""
    description: str = ""
    start_time: str = ""

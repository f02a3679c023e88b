"""Where instances can be had: zones, offerings, placement groups, capacity reservations."""

from efadoctor.model.aws.tags import Tag
from efadoctor.model.structs import AwsView


class PlacementGroup(AwsView):
    group_name: str = ""
    group_id: str = ""
    state: str = ""
    strategy: str = ""
    partition_count: int | None = None
    tags: tuple[Tag, ...] = ()


class CapacityReservation(AwsView):
    capacity_reservation_id: str = ""
    instance_type: str = ""
    availability_zone: str = ""
    state: str = ""
    total_instance_count: int = 0
    available_instance_count: int = 0
    instance_match_criteria: str = ""
    placement_group_arn: str = ""
    reservation_type: str = ""
    end_date: str | None = None
    tags: tuple[Tag, ...] = ()


class AvailabilityZone(AwsView):
    zone_name: str = ""
    zone_id: str = ""
    zone_type: str = ""
    state: str = ""


class InstanceTypeOffering(AwsView):
    instance_type: str = ""
    location: str = ""
    location_type: str = ""

"""Launch templates: what an instance is launched with."""

from efadoctor.model.structs import AwsView


class LaunchTemplateInterface(AwsView):
    interface_type: str = "interface"
    device_index: int = 0
    network_card_index: int = 0
    groups: tuple[str, ...] = ()
    subnet_id: str = ""


class LaunchTemplatePlacement(AwsView):
    group_name: str = ""
    group_id: str = ""
    availability_zone: str = ""


class CapacityReservationTarget(AwsView):
    capacity_reservation_id: str = ""


class CapacityReservationSpecification(AwsView):
    """Which reservations an instance may use: ``open``, ``none``, or one target."""

    capacity_reservation_preference: str = ""
    capacity_reservation_target: CapacityReservationTarget | None = None


class LaunchTemplateData(AwsView):
    instance_type: str = ""
    network_interfaces: tuple[LaunchTemplateInterface, ...] = ()
    placement: LaunchTemplatePlacement | None = None
    security_group_ids: tuple[str, ...] = ()
    user_data: str = ""
    capacity_reservation_specification: CapacityReservationSpecification | None = None


class LaunchTemplateVersion(AwsView):
    launch_template_id: str = ""
    launch_template_name: str = ""
    version_number: int = 0
    default_version: bool = False
    launch_template_data: LaunchTemplateData = LaunchTemplateData()

"""EC2 instances and their network interfaces."""

from efadoctor.model.aws.tags import GroupIdentifier, Tag
from efadoctor.model.structs import AwsView


class InterfaceAttachment(AwsView):
    device_index: int = 0
    network_card_index: int = 0
    instance_id: str = ""
    status: str = ""


class AttachedInterface(AwsView):
    """A network interface as an instance lists it."""

    network_interface_id: str = ""
    interface_type: str = "interface"
    status: str = ""
    subnet_id: str = ""
    vpc_id: str = ""
    groups: tuple[GroupIdentifier, ...] = ()
    attachment: InterfaceAttachment | None = None


class Placement(AwsView):
    availability_zone: str = ""
    group_name: str = ""
    group_id: str = ""
    tenancy: str = ""


class InstanceState(AwsView):
    name: str = ""


class StateReason(AwsView):
    """Why an instance is no longer in the state that it was in."""

    code: str = ""
    message: str = ""


class InstanceProfileRef(AwsView):
    arn: str = ""


class Instance(AwsView):
    instance_id: str = ""
    instance_type: str = ""
    image_id: str = ""
    launch_time: str = ""
    private_dns_name: str = ""
    state: InstanceState = InstanceState()
    state_reason: StateReason | None = None
    subnet_id: str = ""
    vpc_id: str = ""
    placement: Placement = Placement()
    network_interfaces: tuple[AttachedInterface, ...] = ()
    iam_instance_profile: InstanceProfileRef | None = None
    capacity_reservation_id: str = ""
    tags: tuple[Tag, ...] = ()


class Reservation(AwsView):
    instances: tuple[Instance, ...] = ()


class NetworkInterface(AwsView):
    network_interface_id: str = ""
    interface_type: str = "interface"
    status: str = ""
    subnet_id: str = ""
    vpc_id: str = ""
    availability_zone: str = ""
    groups: tuple[GroupIdentifier, ...] = ()
    attachment: InterfaceAttachment | None = None

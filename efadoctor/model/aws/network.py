"""Security groups, their rules, and subnets."""

from msgspec import field

from efadoctor.model.aws.tags import Tag
from efadoctor.model.structs import AwsView


class UserIdGroupPair(AwsView):
    group_id: str = ""
    user_id: str = ""


class IpRange(AwsView):
    cidr_ip: str = ""


class Ipv6Range(AwsView):
    cidr_ipv6: str = field(default="", name="CidrIpv6")


class IpPermission(AwsView):
    ip_protocol: str = ""
    from_port: int | None = None
    to_port: int | None = None
    user_id_group_pairs: tuple[UserIdGroupPair, ...] = ()
    ip_ranges: tuple[IpRange, ...] = ()
    ipv6_ranges: tuple[Ipv6Range, ...] = ()


class SecurityGroup(AwsView):
    group_id: str = ""
    group_name: str = ""
    vpc_id: str = ""
    ip_permissions: tuple[IpPermission, ...] = ()
    ip_permissions_egress: tuple[IpPermission, ...] = ()
    tags: tuple[Tag, ...] = ()


class ReferencedGroup(AwsView):
    group_id: str = ""


class SecurityGroupRule(AwsView):
    security_group_rule_id: str = ""
    group_id: str = ""
    is_egress: bool = False
    ip_protocol: str = ""
    cidr_ipv4: str = field(default="", name="CidrIpv4")
    referenced_group_info: ReferencedGroup | None = None


class Subnet(AwsView):
    subnet_id: str = ""
    vpc_id: str = ""
    availability_zone: str = ""
    availability_zone_id: str = ""
    available_ip_address_count: int | None = None
    map_public_ip_on_launch: bool = False
    state: str = ""
    tags: tuple[Tag, ...] = ()

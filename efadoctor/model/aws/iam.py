"""IAM roles and instance profiles."""

from efadoctor.model.structs import AwsView


class Role(AwsView):
    role_name: str = ""
    arn: str = ""


class InstanceProfile(AwsView):
    instance_profile_name: str = ""
    arn: str = ""
    roles: tuple[Role, ...] = ()

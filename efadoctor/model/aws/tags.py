"""What many EC2 responses share: tags, and security groups by id and name."""

from efadoctor.model.structs import AwsView


class Tag(AwsView):
    key: str = ""
    value: str = ""


class GroupIdentifier(AwsView):
    group_id: str = ""
    group_name: str = ""

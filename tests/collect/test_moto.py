"""What moto's server does as EC2 does: groups and their rules, types, offerings, templates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from efadoctor.collect.aws.account import Account, NotThereError
from efadoctor.collect.aws.reads import source
from efadoctor.collect.deadline import Deadline

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
REGION = "us-west-2"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def ec2(moto: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    import boto3

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    return boto3.client("ec2", region_name=REGION)


@pytest.fixture
def account(ec2: Any) -> Account:
    assert ec2.meta.region_name == REGION  # its environment is what the account finds
    return Account(None, REGION, Deadline(60))


def by_id(key: str, *ids: str) -> list[dict[str, Any]]:
    return [{"Name": key, "Values": list(ids)}]


def test_a_group_and_its_rules(ec2: Any, account: Account) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="efa", Description="d", VpcId=vpc)["GroupId"]
    pairs = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=pairs)
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=pairs)
    (found,) = account.call(
        source("ec2/describe-security-groups"), Filters=by_id("group-id", group)
    ).views
    assert found.vpc_id == vpc
    assert [p.group_id for r in found.ip_permissions for p in r.user_id_group_pairs] == [group]
    rules = account.call(
        source("ec2/describe-security-group-rules"), Filters=by_id("group-id", group)
    ).views
    selves = {
        r.is_egress
        for r in rules
        if r.referenced_group_info and r.referenced_group_info.group_id == group
    }
    assert selves == {True, False}


def test_types_with_efa_and_where_they_are_offered(account: Account) -> None:
    filters = by_id("instance-type", "p5.48xlarge", "c5n.18xlarge", "m5.large")
    types = account.call(source("ec2/describe-instance-types"), Filters=filters).views
    counts = {t.instance_type: t.network_info.efa_info for t in types}
    assert counts["p5.48xlarge"].maximum_efa_interfaces == 32
    assert counts["m5.large"] is None
    offered = account.call(
        source("ec2/describe-instance-type-offerings"),
        LocationType="availability-zone",
        Filters=filters,
    ).views
    assert {o.location[:-1] for o in offered} == {REGION}


def test_the_interfaces_of_a_launch_template(ec2: Any, account: Account) -> None:
    interfaces = [
        {"DeviceIndex": 0, "NetworkCardIndex": 0, "InterfaceType": "interface"},
        {"DeviceIndex": 1, "NetworkCardIndex": 1, "InterfaceType": "efa-only"},
    ]
    data = {"InstanceType": "p5.48xlarge", "NetworkInterfaces": interfaces}
    made = ec2.create_launch_template(LaunchTemplateName="lt", LaunchTemplateData=data)
    template = made["LaunchTemplate"]["LaunchTemplateId"]
    (found,) = account.call(
        source("ec2/describe-launch-template-versions"),
        LaunchTemplateId=template,
        Versions=["$Default"],
    ).views
    kinds = [i.interface_type for i in found.launch_template_data.network_interfaces]
    assert kinds == ["interface", "efa-only"]


def test_a_template_that_is_not_there_is_told_apart_from_a_refusal(account: Account) -> None:
    with pytest.raises(NotThereError):
        account.call(
            source("ec2/describe-launch-template-versions"),
            LaunchTemplateId="lt-00000000000000000",
            Versions=["$Default"],
        )

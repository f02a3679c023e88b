"""The real AWS CLI takes our lines: parsed by it, and carried out against moto where moto can."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from efadoctor.fix.render.aws_cli import aws_line
from efadoctor.fix.render.shell import Shell
from efadoctor.model.fix import AwsCall, Overlay

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("aws") is None, reason="needs the AWS CLI"),
]
REGION = "us-west-2"
ARN = "arn:aws:iam::111122223333:role/node"

CALLS = [
    AwsCall(
        service="ec2",
        operation=f"authorize-security-group-{way}",
        parameters={
            "GroupId": "sg-1",
            "IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1"}]}],
        },
    )
    for way in ("egress", "ingress")
] + [
    AwsCall(
        service="ec2",
        operation="create-placement-group",
        parameters={"GroupName": "it's", "Strategy": "cluster"},
    ),
    AwsCall(
        service="ec2",
        operation="create-tags",
        parameters={"Resources": ["subnet-1"], "Tags": [{"Key": "k", "Value": "a b"}]},
    ),
    AwsCall(
        service="ec2",
        operation="create-launch-template-version",
        parameters={
            "LaunchTemplateId": "lt-1",
            "SourceVersion": "1",
            "LaunchTemplateData": {"NetworkInterfaces": [{"InterfaceType": "efa"}]},
        },
    ),
    AwsCall(
        service="eks",
        operation="update-nodegroup-config",
        parameters={
            "clusterName": "c",
            "nodegroupName": "g",
            "scalingConfig": {"maxSize": 4},
            "taints": {"removeTaints": [{"key": "k", "effect": "NO_SCHEDULE"}]},
        },
    ),
    AwsCall(
        service="eks",
        operation="update-nodegroup-version",
        parameters={
            "clusterName": "c",
            "nodegroupName": "g",
            "launchTemplate": {"id": "lt-1", "version": "2"},
        },
    ),
    AwsCall(
        service="eks",
        operation="create-access-entry",
        parameters={"clusterName": "c", "principalArn": ARN, "type": "EC2_LINUX"},
        duplicate_error="",
    ),
    AwsCall(
        service="eks",
        operation="delete-access-entry",
        parameters={"clusterName": "c", "principalArn": ARN},
    ),
    AwsCall(
        service="autoscaling",
        operation="create-or-update-tags",
        parameters={
            "Tags": [
                {
                    "ResourceId": "g",
                    "ResourceType": "auto-scaling-group",
                    "Key": "k8s.io/cluster-autoscaler/node-template/resources/vpc.amazonaws.com/efa",
                    "Value": "4",
                    "PropagateAtLaunch": False,
                }
            ]
        },
    ),
    AwsCall(
        service="autoscaling",
        operation="terminate-instance-in-auto-scaling-group",
        parameters={"InstanceId": "i-1", "ShouldDecrementDesiredCapacity": False},
    ),
]


def run(line: str, endpoint: str = "") -> subprocess.CompletedProcess[str]:
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    more = {"AWS_ENDPOINT_URL": endpoint} if endpoint else {}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line],
        env={**os.environ, **keys, **more, "AWS_PAGER": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("call", CALLS, ids=lambda c: c.operation)
def test_the_cli_takes_every_parameter_of_a_call(call: AwsCall) -> None:
    done = run(f"{aws_line(call, Shell(region=REGION))} --generate-cli-skeleton output")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def client(endpoint: str) -> Any:
    return boto3.client(
        "ec2",
        REGION,
        endpoint_url=endpoint,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106  (no secret)
    )


def test_a_launch_template_with_groups_of_its_own_keeps_all_else_in_its_new_version(
    moto: str,
) -> None:
    ec2 = client(moto)
    data = {"InstanceType": "p5.48xlarge", "SecurityGroupIds": ["sg-1"], "KeyName": "k`'$HOME"}
    made = ec2.create_launch_template(LaunchTemplateName="t", LaunchTemplateData=data)
    name = {"LaunchTemplateId": made["LaunchTemplate"]["LaunchTemplateId"]}
    interface = {"DeviceIndex": 0, "InterfaceType": "efa", "Groups": ["sg-1"]}
    call = AwsCall(
        service="ec2",
        operation="create-launch-template-version",
        parameters={
            **name,
            "LaunchTemplateData": {"NetworkInterfaces": [interface], "SecurityGroupIds": []},
        },
        overlay=Overlay(
            operation="describe-launch-template-versions",
            parameters={**name, "Versions": ["1"]},
            part="LaunchTemplateVersions[0].LaunchTemplateData",
            parameter="LaunchTemplateData",
        ),
    )
    done = run(aws_line(call, Shell(region=REGION)), moto)
    assert done.returncode == 0, done.stderr
    (found,) = ec2.describe_launch_template_versions(**name, Versions=["2"])[
        "LaunchTemplateVersions"
    ]
    kept = {k: v for k, v in data.items() if k != "SecurityGroupIds"}
    assert found["LaunchTemplateData"] == {**kept, "NetworkInterfaces": [interface]}


def test_a_rule_is_added_and_adding_it_again_is_success(moto: str) -> None:
    ec2 = client(moto)
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    pair = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    call = AwsCall(
        service="ec2",
        operation="authorize-security-group-egress",
        parameters={"GroupId": group, "IpPermissions": [pair]},
        duplicate_error="InvalidPermission.Duplicate",
    )
    line = aws_line(call, Shell(region=REGION))
    for _ in range(2):
        done = run(line, moto)
        assert done.returncode == 0, done.stderr
    (held,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    pairs = [p["GroupId"] for r in held["IpPermissionsEgress"] for p in r["UserIdGroupPairs"]]
    assert pairs == [group]


def test_a_group_that_is_not_there_is_an_error_that_is_shown(moto: str) -> None:
    call = CALLS[0]
    line = aws_line(
        AwsCall(
            service=call.service,
            operation=call.operation,
            parameters=call.parameters,
            duplicate_error="InvalidPermission.Duplicate",
        ),
        Shell(region=REGION),
    )
    done = run(line, moto)
    assert done.returncode != 0
    assert "InvalidGroup" in done.stderr

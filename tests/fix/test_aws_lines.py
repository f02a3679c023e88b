"""The AWS CLI's lines: the options of a call, its dry run, and what counts as done already."""

import os
import subprocess
from pathlib import Path

import pytest

from efadoctor.fix.render.aws_cli import aws_dry_run, aws_line
from efadoctor.fix.render.shell import Shell
from efadoctor.model.fix import AwsCall

HERE = Shell(context="arn:aws:eks:us-west-2:1:cluster/prod", region="us-west-2")

RULE = AwsCall(
    service="ec2",
    operation="authorize-security-group-egress",
    parameters={
        "GroupId": "sg-1",
        "IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1"}]}],
    },
    duplicate_error="InvalidPermission.Duplicate",
)


def test_parameters_become_the_options_of_the_cli() -> None:
    call = AwsCall(
        service="eks",
        operation="update-nodegroup-config",
        parameters={"clusterName": "c", "scalingConfig": {"maxSize": 4}, "dryRun": False},
    )
    assert aws_line(call, HERE) == (
        "aws --region=us-west-2 eks update-nodegroup-config --cluster-name=c "
        "'--scaling-config={\"maxSize\":4}' --no-dry-run"
    )


def test_ec2_has_a_dry_run_and_eks_has_none() -> None:
    assert aws_dry_run(RULE, HERE).endswith("--dry-run")
    eks = AwsCall(service="eks", operation="create-access-entry", parameters={})
    assert aws_dry_run(eks, HERE) == ""


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("exit 0", 0),
        ("echo '(InvalidPermission.Duplicate) the rule exists' >&2; exit 254", 0),
        ("echo '(UnauthorizedOperation) no' >&2; exit 254", 1),
    ],
)
def test_a_rule_that_exists_already_is_success_and_any_other_error_is_not(
    tmp_path: Path, answer: str, status: int
) -> None:
    tool = tmp_path / "aws"
    tool.write_text(f"#!/bin/sh\n{answer}\n")
    tool.chmod(0o755)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", aws_line(RULE, HERE)],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == status
    assert ("UnauthorizedOperation" in done.stderr) == (status == 1)

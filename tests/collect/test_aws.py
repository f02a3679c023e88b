"""The AWS half, over the services' own wire formats."""

from __future__ import annotations

import base64
import time
from dataclasses import replace
from pathlib import Path

import pytest
from collect.conftest import SEED, Account, Collecting
from collect.servers.aws import AwsServer
from collect.servers.http import Asked, Reply
from collect.servers.kubernetes import KubernetesServer

from efadoctor.collect.aws import account as way_in
from efadoctor.model.aws import (
    Instance,
    InstanceTypeOffering,
    LaunchTemplateVersion,
    NetworkInterface,
    NodeGroup,
    PlacementGroup,
    Subnet,
)
from efadoctor.model.coverage import CoverageStatus
from efadoctor.model.errors import UsageError
from efadoctor.model.facts import AWS_SOURCES
from efadoctor.model.kubernetes import Node
from efadoctor.model.snapshot import Snapshot

SUBJECT = "default/efa-test-pod"


def statuses(snapshot: Snapshot) -> dict[str, CoverageStatus]:
    return {g.source: g.status for g in snapshot.gaps}


def test_pages_are_followed_and_the_region_is_that_of_the_nodes(
    seed: KubernetesServer, account: Account, collecting: Collecting
) -> None:
    aws = account(AwsServer.of_bundle(SEED))
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    assert not snapshot.gaps
    assert snapshot.origin.region == "ap-northeast-2"
    assert len(snapshot.all(InstanceTypeOffering)) == 31
    assert aws.operations.count("ec2:DescribeInstanceTypeOfferings") == 7
    assert {i.interface_type for i in snapshot.all(NetworkInterface)}
    assert snapshot.all(NodeGroup)


def test_without_credentials_the_kubernetes_half_still_answers(
    seed: KubernetesServer, collecting: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    assert snapshot.all(Node)
    assert statuses(snapshot) == {s.name: CoverageStatus.DENIED for s in AWS_SOURCES}
    assert {g.reason for g in snapshot.gaps} == {"no AWS credentials"}


def test_with_no_aws_nothing_is_asked_and_every_source_says_so(
    seed: KubernetesServer, collecting: Collecting
) -> None:
    snapshot = collecting(seed, SUBJECT)
    assert {g.reason for g in snapshot.gaps} == {"not asked (--no-aws)"}
    assert not snapshot.was_read(Instance)


@pytest.mark.parametrize(
    ("operation", "source", "type_"),
    [
        ("ec2:DescribePlacementGroups", "aws/ec2/describe-placement-groups", PlacementGroup),
        ("ec2:DescribeSubnets", "aws/ec2/describe-subnets", Subnet),
        ("ec2:DescribeNetworkInterfaces", "aws/ec2/describe-network-interfaces", NetworkInterface),
        ("eks:DescribeNodegroup", "aws/eks/describe-nodegroup", NodeGroup),
    ],
)
def test_a_denied_operation_is_a_gap_and_not_an_empty_list(
    seed: KubernetesServer,
    account: Account,
    collecting: Collecting,
    operation: str,
    source: str,
    type_: type[object],
) -> None:
    account(AwsServer.of_bundle(SEED, denied={operation}))
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    assert statuses(snapshot) == {source: CoverageStatus.DENIED}
    assert not snapshot.was_read(type_)
    assert "c2VjcmV0" not in snapshot.gaps[0].reason


def test_what_depends_on_a_denied_list_is_not_asked_and_says_so(
    seed: KubernetesServer, account: Account, collecting: Collecting
) -> None:
    account(AwsServer.of_bundle(SEED, denied={"eks:ListNodegroups"}))
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    reasons = {g.source: g.reason for g in snapshot.gaps}
    assert set(reasons) == {"aws/eks/list-nodegroups", "aws/eks/describe-nodegroup"}
    assert reasons["aws/eks/describe-nodegroup"] == "not asked: what it needs was not read"


def test_a_cluster_that_eks_does_not_know_leaves_its_things_unknown(
    seed: KubernetesServer, account: Account, collecting: Collecting
) -> None:
    aws = account(AwsServer.of_bundle(SEED))
    aws.items["aws/eks/describe-cluster"][0]["name"] = "another"
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    assert snapshot.all(Instance)
    assert not snapshot.all(NodeGroup)


def test_throttling_is_waited_out(
    seed: KubernetesServer, account: Account, collecting: Collecting
) -> None:
    aws = account(AwsServer.of_bundle(SEED))
    left = [2]

    def throttle(asked: Asked, _reply: Reply) -> Reply | None:
        if b"DescribeSubnets" in asked.body and left[0]:
            left[0] -= 1
            error = "<Error><Code>RequestLimitExceeded</Code><Message>slow</Message></Error>"
            text = f"<Response><Errors>{error}</Errors></Response>"
            return Reply(text.encode(), 503, content_type="text/xml")
        return None

    aws.faults.append(throttle)
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    assert not snapshot.gaps
    assert len(snapshot.all(Subnet)) == 3


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Reply(b"<html>oops", 500, content_type="text/html"), ""),
        (
            Reply(b"<?xml version='1.0'?><a><b>", 200, content_type="text/xml"),
            "an answer that is not",
        ),
        (Reply(b"", reset=True), ""),
    ],
)
def test_what_is_no_answer_of_ec2_is_unknown_never_absent(
    seed: KubernetesServer,
    account: Account,
    collecting: Collecting,
    monkeypatch: pytest.MonkeyPatch,
    fault: Reply,
    reason: str,
) -> None:
    monkeypatch.setattr(way_in, "ATTEMPTS", 1)
    aws = account(AwsServer.of_bundle(SEED))
    aws.faults.append(lambda a, _: fault if b"DescribePlacementGroups" in a.body else None)
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    assert statuses(snapshot) == {"aws/ec2/describe-placement-groups": CoverageStatus.ERROR}
    assert reason in snapshot.gaps[0].reason
    assert not snapshot.was_read(PlacementGroup)


@pytest.mark.parametrize("code", ["ExpiredToken", "RequestExpired", "SignatureDoesNotMatch"])
def test_expired_credentials_and_a_wrong_clock_are_told_apart(
    seed: KubernetesServer,
    account: Account,
    collecting: Collecting,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
) -> None:
    monkeypatch.setattr(way_in, "ATTEMPTS", 1)
    aws = account(AwsServer.of_bundle(SEED))
    text = f"<Response><Errors><Error><Code>{code}</Code><Message>m</Message></Error></Errors></Response>"
    aws.faults.append(lambda *_: Reply(text.encode(), 400, content_type="text/xml"))
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    gap = next(g for g in snapshot.gaps if g.source.startswith("aws/ec2"))
    assert gap.status is CoverageStatus.DENIED
    assert ("clock" in gap.reason) == (code != "ExpiredToken")


def test_an_endpoint_that_cannot_be_reached_costs_no_more_than_the_deadline(
    seed: KubernetesServer,
    account: Account,
    collecting: Collecting,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account(AwsServer.of_bundle(SEED))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(way_in, "ATTEMPTS", 2)
    start = time.monotonic()
    snapshot = collecting(seed, SUBJECT, no_aws=False, deadline=15)
    assert time.monotonic() - start < 15
    assert {s.name for s in AWS_SOURCES} <= set(statuses(snapshot))
    assert snapshot.all(Node)


def test_a_silent_endpoint_ends_at_the_deadline(
    seed: KubernetesServer, account: Account, collecting: Collecting
) -> None:
    aws = account(AwsServer.of_bundle(SEED))
    aws.faults.append(lambda _a, r: replace(r, delay=3))
    start = time.monotonic()
    snapshot = collecting(seed, SUBJECT, no_aws=False, deadline=2)
    assert time.monotonic() - start < 4
    assert {s.name for s in AWS_SOURCES} <= set(statuses(snapshot))


def test_a_profile_that_does_not_exist_is_wrong_usage(
    seed: KubernetesServer, collecting: Collecting
) -> None:
    with pytest.raises(UsageError, match="nobody"):
        collecting(seed, SUBJECT, no_aws=False, profile="nobody")


def test_user_data_of_launch_templates_is_cut_to_what_tells_something(
    seed: KubernetesServer, account: Account, collecting: Collecting
) -> None:
    aws = account(AwsServer.of_bundle(SEED))
    text = "export TOKEN=hunter2\nulimit -l unlimited\n"
    for version in aws.items["aws/ec2/describe-launch-template-versions"]:
        version["LaunchTemplateData"]["UserData"] = base64.b64encode(text.encode()).decode()
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    (version,) = snapshot.all(LaunchTemplateVersion)
    kept = base64.b64decode(version.launch_template_data.user_data)
    assert kept == b"ulimit -l unlimited"


@pytest.mark.parametrize(
    "body", [b"<R/>", b"[1]", b"{}", b"\x00", b'"x"', b"<html>log in</html>", b""]
)
def test_an_answer_that_is_not_awss_is_a_gap_and_no_defect(
    seed: KubernetesServer, account: Account, collecting: Collecting, body: bytes
) -> None:
    aws = account(AwsServer.of_bundle(SEED))
    aws.faults.append(lambda _asked, _reply: Reply(body))
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    assert snapshot.all(Node)
    assert snapshot.gaps
    assert "log in" not in str(snapshot.gaps)


def test_a_token_that_no_header_can_carry_is_not_told(
    seed: KubernetesServer,
    account: Account,
    collecting: Collecting,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account(AwsServer.of_bundle(SEED))
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-secret\nX: y")
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    assert snapshot.gaps
    assert "a-secret" not in str(snapshot.gaps)


def test_a_credential_process_that_prints_anything_is_a_gap(
    seed: KubernetesServer,
    collecting: Collecting,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile odd]\nregion = eu-west-1\ncredential_process = echo a-secret\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    snapshot = collecting(seed, SUBJECT, no_aws=False, profile="odd")
    assert {g.reason for g in snapshot.gaps} == {"credentials that are not of their form"}

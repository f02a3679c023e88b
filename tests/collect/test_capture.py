"""What a capture holds, and above all what it does not."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
from collect.conftest import SEED, Account, Collecting
from collect.planted import CANARY, IDENTITIES, JWT, KEY, SUBJECT, texts
from collect.servers.aws import AwsServer
from collect.servers.kubernetes import KubernetesServer

from efadoctor import diagnose
from efadoctor.collect.capture import capture
from efadoctor.model.aws import NetworkInterface, SecurityGroup
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.snapshot import Snapshot


@pytest.mark.parametrize("plain_ids", [False, True])
def test_no_planted_secret_is_in_a_capture(
    captured: tuple[Snapshot, Path], tmp_path: Path, *, plain_ids: bool
) -> None:
    snapshot, _ = captured
    path = tmp_path / "again.tar.gz"
    capture(snapshot, path, plain_ids=plain_ids)
    found = texts(path)
    for secret in (CANARY, base64.b64encode(CANARY.encode()).decode()[:12], KEY, JWT):
        assert secret not in found, found[
            max(0, found.index(secret) - 300) : found.index(secret) + 60
        ]
    assert "FI_PROVIDER" in found
    assert "ulimit -l unlimited" in found


@pytest.mark.usefixtures("captured")
def test_no_secret_is_even_asked_for(seed: KubernetesServer) -> None:
    assert not any("secrets" in a.path for a in seed.asked)
    maps = [a.path for a in seed.asked if "configmaps" in a.path]
    assert set(maps) == {"/api/v1/namespaces/kube-system/configmaps/aws-auth"}


def test_identities_become_tokens_that_still_join(captured: tuple[Snapshot, Path]) -> None:
    snapshot, path = captured
    was = set(IDENTITIES.findall("\n".join(f.read_text() for f in SEED.rglob("*.json"))))
    found = texts(path)
    assert was
    assert not {identity for identity in was if identity in found}
    replayed = Snapshot.load(path)
    groups = {g.group_id for g in replayed.all(SecurityGroup)}
    assert {g.group_id for i in replayed.all(NetworkInterface) for g in i.groups} <= groups
    assert len(groups) == len(snapshot.all(SecurityGroup))
    nodes = {n.metadata.name for n in replayed.all(Node)}
    assert {p.spec.node_name for p in replayed.all(Pod) if p.spec.node_name} <= nodes


def test_plain_ids_keep_them(captured: tuple[Snapshot, Path], tmp_path: Path) -> None:
    snapshot, _ = captured
    path = tmp_path / "plain.tar.gz"
    capture(snapshot, path, plain_ids=True)
    replayed = Snapshot.load(path)
    assert replayed.all(SecurityGroup) == snapshot.all(SecurityGroup)
    assert replayed.all(Node) == snapshot.all(Node)


def test_a_replayed_capture_gives_the_same_report(
    seed: KubernetesServer, account: Account, collecting: Collecting, tmp_path: Path
) -> None:
    account(AwsServer.of_bundle(SEED))
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    path = tmp_path / "b.tar.gz"
    capture(snapshot, path)
    live, replayed = diagnose(snapshot, SUBJECT), diagnose(Snapshot.load(path), SUBJECT)
    assert replayed.verdict == live.verdict
    assert [f.code for f in replayed.root_causes] == [f.code for f in live.root_causes]
    assert [f.code for f in replayed.warnings] == [f.code for f in live.warnings]
    assert replayed.scheduler == live.scheduler
    plain = tmp_path / "p.tar.gz"
    capture(snapshot, plain, plain_ids=True)
    again = diagnose(Snapshot.load(plain), SUBJECT)
    for field in ("root_causes", "warnings", "paths", "checks"):
        said = [json.dumps(r.to_dict()[field]) for r in (live, again)]
        assert re.sub(r" --(?:kube-)?context \S+", "", said[0]) == re.sub(
            r" --(?:kube-)?context \S+", "", said[1]
        )


def test_what_was_denied_or_read_in_part_is_declared(
    seed: KubernetesServer, account: Account, collecting: Collecting, tmp_path: Path
) -> None:
    account(AwsServer.of_bundle(SEED, denied={"ec2:DescribePlacementGroups"}))
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    path = tmp_path / "b.tar.gz"
    capture(snapshot, path)
    replayed = Snapshot.load(path)
    assert {g.source for g in replayed.gaps} == {"aws/ec2/describe-placement-groups"}
    assert set(replayed.partial) == set(snapshot.partial)


def test_a_capture_is_its_owners_alone(captured: tuple[Snapshot, Path]) -> None:
    _, path = captured
    assert path.stat().st_mode & 0o077 == 0

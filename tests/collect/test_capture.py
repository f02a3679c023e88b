"""What a capture holds, and above all what it does not."""

from __future__ import annotations

import base64
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
from collect.conftest import SEED
from collect.servers.aws import AwsServer
from collect.servers.kubernetes import KubernetesServer

from efadoctor import diagnose
from efadoctor.collect.capture import (
    baseline,
    capture,
    capture_baseline,
    load_baseline,
)
from efadoctor.collect.telling import telling_user_data
from efadoctor.collect.tokens import Tokens, numbered, salted
from efadoctor.model.aws import NetworkInterface, SecurityGroup
from efadoctor.model.errors import UnreadableInputError
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.snapshot import Snapshot

SUBJECT = "default/efa-test-pod"
CANARY = "canary-4f1d"
"""A secret that says nothing of itself: only not keeping its field keeps it out."""

KEY = "AKIA" + "CANARYCANARY1234"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"
FORMS = (KEY, JWT, f"password={CANARY}", f"https://user:{CANARY}@host/", f"Bearer {CANARY}")
"""Secrets as they stand in texts that are kept: messages of events and conditions."""


def texts(path: Path) -> str:
    with tarfile.open(path) as archive:
        members = (archive.extractfile(m) for m in archive.getmembers())
        return "\n".join(m.read().decode() for m in members if m)


def plant(server: KubernetesServer, aws: AwsServer) -> None:
    """Puts the canary wherever a cluster or an account may hold a secret."""
    plant_in_every_object(server.objects)
    plant_in_pods(server.objects)
    plant_in_the_rest(server.objects)
    plant_in_aws(aws)


def plant_in_every_object(objects: dict[str, list[Any]]) -> None:
    objects["cluster/secrets"] = [{"metadata": {"name": "s"}, "data": {"x": CANARY}}]
    for config in objects["cluster/configmaps"]:
        config["data"] = {"mapRoles": "[]", "mapUsers": CANARY, "other": CANARY}
    for group in objects.values():
        for thing in group:
            meta = thing["metadata"]
            meta.setdefault("annotations", {}).update(
                {"kubectl.kubernetes.io/last-applied-configuration": CANARY, "vault": CANARY}
            )
            meta["managedFields"] = [{"fieldsV1": {CANARY: {}}}]
            thing["data"] = thing.get("data", {CANARY: CANARY})
            thing["unknown"] = CANARY
            for part in ("spec", "status"):
                if isinstance(thing.get(part), dict):
                    thing[part]["unknownField"] = {"deep": [CANARY]}
    for event in objects["cluster/events"]:
        event["message"] += " " + " ".join(FORMS)


def plant_in_pods(objects: dict[str, list[Any]]) -> None:
    for spec in pod_specs(objects):
        for container in spec["containers"]:
            container["env"] = [
                {"name": "FI_PROVIDER", "value": "efa"},
                {"name": "HF_TOKEN", "value": CANARY},
                {"name": CANARY, "valueFrom": {"secretKeyRef": {"name": CANARY, "key": CANARY}}},
            ]
            container["command"] = ["train", "--key", CANARY]
            container["args"] = [CANARY]
            container["envFrom"] = [{"secretRef": {"name": CANARY}}]
            container["livenessProbe"] = {"exec": {"command": [CANARY]}}
        spec["imagePullSecrets"] = [{"name": CANARY}]
        spec.setdefault("volumes", []).append(
            {
                "name": "v",
                "secret": {"secretName": CANARY},
                "csi": {"driver": "d", "volumeAttributes": {"k": CANARY}},
            }
        )


def plant_in_the_rest(objects: dict[str, list[Any]]) -> None:
    for nodeclass in objects["cluster/ec2nodeclasses.karpenter.k8s.aws"]:
        nodeclass["spec"]["userData"] = f"export A={CANARY}\nulimit -l unlimited # {CANARY}\n"
        nodeclass["spec"]["tags"] = {"secret": CANARY}
    objects["cluster/rayclusters.ray.io"] = [
        {
            "metadata": {"name": "ray", "namespace": "default"},
            "spec": {
                "headGroupSpec": {
                    "rayStartParams": {"redis-password": CANARY},
                    "template": {"spec": {"containers": [{"name": "h", "args": [CANARY]}]}},
                }
            },
        }
    ]
    objects["cluster/resourceclaims.resource.k8s.io"] = [
        {
            "metadata": {"name": "claim", "namespace": "default"},
            "spec": {"devices": {"config": [{"opaque": {"parameters": {"k": CANARY}}}]}},
        }
    ]


def plant_in_aws(aws: AwsServer) -> None:
    for version in aws.items["aws/ec2/describe-launch-template-versions"]:
        text = f"TOKEN={CANARY}\n"
        version["LaunchTemplateData"]["UserData"] = base64.b64encode(text.encode()).decode()
    for name in ("instances", "subnets", "security-groups", "placement-groups"):
        for item in aws.items[f"aws/ec2/describe-{name}"]:
            for thing in item.get("Instances", [item]):
                thing.setdefault("Tags", []).append({"Key": "owner", "Value": CANARY})
                thing["Description"] = CANARY


def pod_specs(objects: dict[str, list[Any]]) -> list[dict[str, Any]]:
    found = [p["spec"] for p in objects["cluster/pods"]]
    for kind in ("daemonsets.apps", "deployments.apps", "replicasets.apps", "jobs.batch"):
        found += [o["spec"]["template"]["spec"] for o in objects.get(f"cluster/{kind}", [])]
    return found


@pytest.fixture
def captured(seed, account, collecting, tmp_path: Path) -> tuple[Snapshot, Path]:
    aws = account(AwsServer.of_bundle(SEED))
    plant(seed, aws)
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    path = tmp_path / "bundle.tar.gz"
    capture(snapshot, path)
    return snapshot, path


@pytest.mark.parametrize("plain_ids", [False, True])
def test_no_planted_secret_is_in_a_capture(captured, tmp_path, plain_ids):
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
def test_no_secret_is_even_asked_for(seed):
    assert not any("secrets" in a.path for a in seed.asked)
    maps = [a.path for a in seed.asked if "configmaps" in a.path]
    assert set(maps) == {"/api/v1/namespaces/kube-system/configmaps/aws-auth"}


IDENTITIES = re.compile(
    r"\b(?:i|sg|subnet|vpc|eni|lt|pg)-[0-9a-f]{8,17}\b|\b111122223333\b|\b10\.0\.\d+\.\d+\b|\bip-10-0-\d+-\d+\b"
)


def test_identities_become_tokens_that_still_join(captured):
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


def test_plain_ids_keep_them(captured, tmp_path):
    snapshot, _ = captured
    path = tmp_path / "plain.tar.gz"
    capture(snapshot, path, plain_ids=True)
    replayed = Snapshot.load(path)
    assert replayed.all(SecurityGroup) == snapshot.all(SecurityGroup)
    assert replayed.all(Node) == snapshot.all(Node)


def test_a_replayed_capture_gives_the_same_report(seed, account, collecting, tmp_path):
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


def test_what_was_denied_or_read_in_part_is_declared(seed, account, collecting, tmp_path):
    account(AwsServer.of_bundle(SEED, denied={"ec2:DescribePlacementGroups"}))
    snapshot = collecting(seed, SUBJECT, no_aws=False)
    path = tmp_path / "b.tar.gz"
    capture(snapshot, path)
    replayed = Snapshot.load(path)
    assert {g.source for g in replayed.gaps} == {"aws/ec2/describe-placement-groups"}
    assert set(replayed.partial) == set(snapshot.partial)


def test_a_capture_is_its_owners_alone(captured):
    _, path = captured
    assert path.stat().st_mode & 0o077 == 0


# ---- tokens -----------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '{"memory":"206158430208","cpu":"192"}',
        '{"CidrIp":"0.0.0.0/0"}',
        '{"CidrIpv6":"::/0"}',
        '{"image":"602401143452.example/eks/plugin:v1.2.3.4-eksbuild.1"}',
        '{"kubeletVersion":"v1.36.2-eks-8f2c6d1"}',
        '{"message":"0/5 nodes are available: 4 Insufficient vpc.amazonaws.com/efa."}',
    ],
)
def test_what_is_no_identity_stays(text):
    raw = text.encode()
    assert Tokens(salted(), {"f": raw}, plain_ids=False).apply(raw) == raw


def test_the_same_salt_gives_the_same_tokens_and_another_others():
    raw = b'"i-0123456789abcdef0" "arn:aws:iam::111122223333:role/r" "10.1.2.3"'
    one, two, three = (
        Tokens(salted(s), {"f": raw}, plain_ids=False).apply(raw) for s in (b"a", b"a", b"b")
    )
    assert one == two != three
    assert re.fullmatch(rb'"i-[0-9a-f]{17}" "arn:aws:iam::\d{12}:role/r" "10\.\d+\.\d+\.\d+"', one)


def test_an_address_is_the_same_in_a_name_and_by_itself():
    raw = b'"ip-10-1-2-3" "10.1.2.3"'
    name, address = Tokens(numbered(), {}, plain_ids=False).apply(raw).decode().split()
    assert name.strip('"').removeprefix("ip-").replace("-", ".") == address.strip('"')


def test_of_user_data_only_settings_are_kept():
    text = "PASSWORD=x\ncat <<E >/etc/security/limits.d/efa.conf\n* soft memlock unlimited\n* hard memlock unlimited\nE\n"
    assert telling_user_data(text).splitlines() == [
        "/etc/security/limits.d/efa.conf",
        "* soft memlock unlimited",
        "* hard memlock unlimited",
    ]


# ---- the baseline -----------------------------------------------------------


def test_a_baseline_is_small_without_pods_and_the_same_each_time(captured, tmp_path):
    snapshot, _ = captured
    text = baseline(snapshot)
    assert text == baseline(snapshot)
    assert CANARY not in text.decode()
    was = set(IDENTITIES.findall("\n".join(f.read_text() for f in SEED.rglob("*.json"))))
    assert not was & set(IDENTITIES.findall(text.decode()))
    path = tmp_path / "baseline.json"
    capture_baseline(snapshot, path)
    loaded = load_baseline(path)
    assert not loaded.gaps
    assert not loaded.was_read(Pod)
    assert {p.metadata.name for p in loaded.all(NodePool)} == {
        p.metadata.name for p in snapshot.all(NodePool)
    }
    assert {n.spec.taints for n in loaded.all(Node)} == {n.spec.taints for n in snapshot.all(Node)}


@pytest.mark.parametrize("text", [b"", b"[]", b'{"schema":"other","facts":{}}', b"\xff\xfe"])
def test_what_is_no_baseline_is_refused(tmp_path, text):
    path = tmp_path / "b.json"
    path.write_bytes(text)
    with pytest.raises(UnreadableInputError):
        load_baseline(path)

"""A scenario served over HTTP gives what its bundle gives."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from collect.conftest import SCENARIOS, SEED, Account, Collecting, Serving, bundle_of
from collect.servers.aws import AwsServer
from collect.servers.kubernetes import KubernetesServer

from efadoctor import diagnose
from efadoctor.collect.redact import strip_launch_template, strip_of
from efadoctor.model.aws import LaunchTemplateVersion
from efadoctor.model.facts import SOURCES, KubernetesSource
from efadoctor.model.kubernetes import Pod
from efadoctor.model.snapshot import Snapshot

ALL = sorted(p.parent.name for p in SCENARIOS.glob("*/expected.json"))
FEW = ("seed-walkthrough", "efa-plugin-kept-off-by-taint", "node-group-full")
READ_ALL_THE_SAME = {
    "cluster/configmaps",
    "aws/ec2/describe-instances",
    "aws/ec2/describe-network-interfaces",
    "aws/ec2/describe-security-groups",
    "aws/ec2/describe-security-group-rules",
    "aws/ec2/describe-subnets",
    "aws/ec2/describe-launch-template-versions",
    "aws/autoscaling/describe-auto-scaling-groups",
}
"""Sources of which a part is asked for that is all there is in an account of one cluster."""


def at_the_door(snapshot: Snapshot) -> Snapshot:
    """A snapshot of a bundle without what a collection would have dropped."""
    for name, source in SOURCES.items():
        for view in snapshot.of_source(name) or ():
            if isinstance(source, KubernetesSource):
                strip_of(source)(view)
            elif isinstance(view, LaunchTemplateVersion):
                strip_launch_template(view)
    return snapshot


def facts(snapshot: Snapshot, name: str) -> set[bytes] | None:
    views = snapshot.of_source(name)
    return None if views is None else {msgspec.json.encode(v, order="sorted") for v in views}


def told(report: Any) -> dict[str, Any]:
    """A report without its origin: where it was read, and the context that commands name."""
    said = json.loads(re.sub(r" --(?:kube-)?context \S+", "", json.dumps(report.to_dict())))
    return {k: v for k, v in said.items() if k not in ("source", "coverage")}


@pytest.mark.parametrize(
    "name", [n if n in FEW else pytest.param(n, marks=pytest.mark.slow) for n in ALL]
)
def test_a_served_scenario_gives_the_report_of_its_bundle(
    serving: Serving, account: Account, collecting: Collecting, tmp_path: Path, name: str
) -> None:
    bundle = bundle_of(name, tmp_path)
    expected = json.loads((SCENARIOS / name / "expected.json").read_text())
    server = serving(KubernetesServer.of_bundle(bundle))
    account(AwsServer.of_bundle(bundle))
    live = collecting(server, expected["subject"], no_aws=False)
    assert not live.gaps
    recorded = at_the_door(Snapshot.load(bundle))
    in_part = {p.source for p in live.partial} - READ_ALL_THE_SAME
    for source in SOURCES:
        was, now = facts(recorded, source), facts(live, source)
        if was is not None:
            assert now is not None, source
            assert now <= was if source in in_part else now == was, source
    subject = expected["subject"]
    assert told(diagnose(live, subject)) == told(diagnose(recorded, subject))


def test_a_large_cluster_is_asked_for_little_and_gives_the_same_causes(
    serving: Serving, account: Account, collecting: Collecting
) -> None:
    """The seed scenario among 300 nodes that could never serve its pod, with 3,000 pods."""
    server = serving(KubernetesServer.of_bundle(SEED))
    account(AwsServer.of_bundle(SEED))
    small = diagnose(
        collecting(server, "default/efa-test-pod", no_aws=False), "default/efa-test-pod"
    )
    crowd(server)
    server.asked.clear()
    live = collecting(server, "default/efa-test-pod", no_aws=False)
    large = diagnose(live, "default/efa-test-pod")
    assert [f.code for f in large.root_causes] == [f.code for f in small.root_causes]
    assert [f.fingerprint for f in large.root_causes] == [f.fingerprint for f in small.root_causes]
    lists = [a for a in server.asked if a.path == "/api/v1/pods"]
    assert lists
    assert all(a.query["fieldSelector"].startswith("spec.nodeName=ip-") for a in lists)
    assert not any(p.metadata.name.startswith("web-") for p in live.all(Pod))
    assert {p.source for p in live.partial} >= {"cluster/pods", "cluster/events"}


def crowd(server: KubernetesServer) -> None:
    """300 web nodes with ten pods each."""
    model = server.objects["cluster/nodes"][0]
    for number in range(300):
        node = json.loads(json.dumps(model))
        name = f"web-{number}"
        node["metadata"] |= {"name": name, "uid": name}
        node["metadata"]["labels"] |= {
            "node.kubernetes.io/instance-type": "m5.large",
            "kubernetes.io/hostname": name,
        }
        node["metadata"]["labels"].pop("eks.amazonaws.com/nodegroup", None)
        node["spec"]["providerID"] = f"aws:///ap-northeast-2a/i-{number:017x}"
        server.objects["cluster/nodes"].append(node)
        server.objects["cluster/pods"] += [
            {
                "metadata": {"name": f"web-{number}-{n}", "namespace": "web"},
                "spec": {"nodeName": name, "containers": [{"name": "c"}]},
                "status": {"phase": "Running"},
            }
            for n in range(10)
        ]

"""What was not seen where not everything was read: unknown, never absent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.conftest import Command, Spoil

POD = "efa-test-pod"


def declare(bundle: Path, source: str, selector: str) -> None:
    about = json.loads((bundle / "bundle.json").read_text())
    about["partial"] = [{"source": source, "field_selector": selector}]
    (bundle / "bundle.json").write_text(json.dumps(about))


@pytest.mark.parametrize("words", [("-A",), ("-n", "kube-system")])
def test_that_nothing_pends_takes_the_pods_that_might(
    words: tuple[str, ...], run: Command, bundle: Path, change_pod: Spoil
) -> None:
    change_pod(lambda pod: pod["spec"].update(nodeName="somewhere"))
    assert run("diagnose", "--bundle", bundle, *words).status == 0
    declare(bundle, "cluster/pods", "spec.nodeName=somewhere")
    ended = run("diagnose", "--bundle", bundle, *words, "-o", "json")
    assert ended.status == 3
    assert ended.json["reports"][0]["verdict"] == "unknown"
    declare(bundle, "cluster/pods", "status.phase=Pending")
    assert run("diagnose", "--bundle", bundle, *words).status == 0


@pytest.mark.parametrize(
    ("selector", "status"),
    [
        ("spec.nodeName=a", 3),
        ("metadata.namespace=other", 3),
        ("metadata.namespace=default", 2),
        ("metadata.namespace=default,metadata.name=missing", 2),
    ],
)
def test_a_pod_is_missing_only_where_it_was_looked_for(
    selector: str, status: int, run: Command, bundle: Path
) -> None:
    declare(bundle, "cluster/pods", selector)
    assert run("diagnose", "--bundle", bundle, "missing", "-n", "default").status == status


def test_a_pod_that_could_not_be_made_out_is_not_missing(
    run: Command, bundle: Path, change_pod: Spoil
) -> None:
    change_pod(lambda pod: pod.update(spec=7))
    ended = run("diagnose", "--bundle", bundle, POD, "-o", "json")
    assert ended.status == 3
    assert ended.json["verdict"] == "unknown"


def test_a_job_among_jobs_that_nobody_read_is_not_missing(run: Command, bundle: Path) -> None:
    (bundle / "cluster" / "jobs.batch.json").write_text("[")
    ended = run("diagnose", "--bundle", bundle, "job/train", "-o", "json")
    assert ended.status == 3
    assert "cluster/jobs.batch" in ended.json["summary"]


def test_gaps_of_one_reason_are_one_line(run: Command, bundle: Path) -> None:
    about = json.loads((bundle / "bundle.json").read_text())
    about["denied"] = [
        {"source": f"aws/ec2/describe-{thing}", "reason": "no"}
        for thing in (
            "instances",
            "subnets",
            "security-groups",
            "placement-groups",
            "instance-types",
        )
    ]
    (bundle / "bundle.json").write_text(json.dumps(about))
    (line,) = run("diagnose", "--bundle", bundle, POD).err.splitlines()
    assert line.startswith("not read: aws/ec2/describe-")
    assert line.endswith(" and 1 more: no")


def test_rights_that_are_missing_are_one_line_that_names_them(run: Command, bundle: Path) -> None:
    about = json.loads((bundle / "bundle.json").read_text())
    about["denied"] = [
        {
            "source": f"cluster/{plural}{'.' + group if group else ''}",
            "reason": f'HTTP 403: User "viewer" cannot {verb} resource "{plural}" in API group'
            f' "{group}" at the cluster scope',
        }
        for verb, plural, group in (
            ("list", "nodes", ""),
            ("list", "daemonsets", "apps"),
            ("get", "configmaps", ""),
        )
    ]
    (bundle / "bundle.json").write_text(json.dumps(about))
    lines = run("diagnose", "--bundle", bundle, POD).err.splitlines()
    said = "not allowed to list nodes, daemonsets.apps; get configmaps ("
    assert [line.startswith(said) for line in lines] == [True]
    assert "permissions rbac" in lines[0]

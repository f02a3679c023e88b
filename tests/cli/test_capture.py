"""``capture`` and ``permissions``: files for others, and what to grant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from cli.conftest import Command


def test_a_bundle_of_a_bundle_gives_the_same_causes(
    run: Command, bundle: Path, tmp_path: Path
) -> None:
    ended = run("capture", "--bundle", bundle, "-o", tmp_path / "out.tar.gz")
    assert (ended.status, ended.out) == (0, "")
    assert "wrote" in ended.err
    codes = [
        [c["code"] for c in run("diagnose", "--bundle", b, "efa-test-pod", "-o", "json").json[key]]
        for b in (bundle, tmp_path / "out.tar.gz")
        for key in ("root_causes",)
    ]
    assert codes[0] == codes[1]


def test_a_baseline_is_json_without_pods(run: Command, bundle: Path, tmp_path: Path) -> None:
    assert run("capture", "--bundle", bundle, "--baseline", tmp_path / "b.json").status == 0
    assert "cluster/pods" not in json.loads((tmp_path / "b.json").read_text())["facts"]


def test_no_file_is_wrong_usage(run: Command, bundle: Path) -> None:
    ended = run("capture", "--bundle", bundle)
    assert (ended.status, ended.out) == (2, "")


def test_a_bundle_without_nodes_could_not_tell(run: Command, bundle: Path, tmp_path: Path) -> None:
    (bundle / "cluster" / "nodes.json").unlink()
    assert run("capture", "--bundle", bundle, "-o", tmp_path / "out.tar.gz").status == 3


def test_rbac_is_yaml_that_grants_reads_only(run: Command) -> None:
    documents = list(yaml.safe_load_all(run("permissions", "rbac").out))
    verbs = {v for d in documents for rule in d.get("rules", ()) for v in rule["verbs"]}
    assert documents[0]["kind"] == "ClusterRole"
    assert verbs <= {"get", "list", "watch"}


def test_iam_is_json_that_grants_reads_only(run: Command) -> None:
    policy = json.loads(run("permissions", "iam").out)
    actions = [a for s in policy["Statement"] for a in s["Action"]]
    assert actions
    assert all(a.split(":")[1].startswith(("Describe", "Get", "List")) for a in actions)


@pytest.mark.parametrize("kind", ["rbac", "iam"])
def test_without_a_kind_both_are_printed(kind: str, run: Command) -> None:
    assert run("permissions", kind).out in run("permissions").out

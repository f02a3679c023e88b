"""The walkthrough's own files fail without any cluster, and pass once mended as printed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from clusters.names import Json
from preflight.conftest import Command

PLUGINS = ("aws-efa-k8s-device-plugin", "nvidia-device-plugin-daemonset")


def place(finding: Json) -> str:
    first = next(e for e in finding["evidence"] if e["location"])
    return f"{first['location']}:{first['column']}"


def apply_diff(folder: Path, diff: str) -> None:
    subprocess.run(["patch", "-p1", "--silent"], input=diff, text=True, cwd=folder, check=True)


def test_it_fails_with_each_cause_at_its_line_and_column(run: Command, walkthrough: Path) -> None:
    ended = run("pod.yaml", "nodepool.yaml")
    assert ended.status == 1
    assert ended.codes == ["EFA105", "EFA402", "EFA412"]
    misspelt, efa, gpu = ended.report["root_causes"]
    line = (walkthrough / "pod.yaml").read_text().splitlines()[13]
    assert line.strip().startswith('- key: "vpc.amazon.com/efa"')
    assert place(misspelt) == "pod.yaml:14:7"
    taint = (walkthrough / "nodepool.yaml").read_text().splitlines()[34]
    assert taint.strip() == "- key: vpc.amazonaws.com"
    assert place(efa) == "nodepool.yaml:32:11"
    assert place(gpu) == "nodepool.yaml:35:11"
    assert {e["source"] for f in (misspelt, efa, gpu) for e in f["evidence"]} == {"manifest"}
    assert ended.report["source"]["kind"] == "manifests"


@pytest.mark.usefixtures("walkthrough")
def test_what_was_assumed_is_told_with_its_date_and_its_replacement(run: Command) -> None:
    assumed = run(".").report["assumptions"]
    chart = next(a for a in assumed if "aws-efa-k8s-device-plugin 0.5.30" in a["what"])
    manifest = next(a for a in assumed if "static manifest" in a["what"])
    assert (chart["dated"], manifest["dated"]) == ("2026-07-21", "2026-08-19")
    assert all("--baseline" in a["instead"] for a in assumed)


def mended_plugins(report: Json) -> str:
    """The manifests of the assumed plugins, with the tolerations that the fixes give them."""
    documents = []
    for finding in report["root_causes"][1:]:
        name = finding["object"]["name"]
        image = f"example/{'k8s-device-plugin' if 'nvidia' in name else name}:1"
        body = finding["fixes"][0]["patches"][0]["body"]
        added = (
            body["tolerations"]
            if isinstance(body, dict)
            else [o["value"] for o in body if o["op"] == "add"]
        )
        own = [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
        labels = {"name": name}
        documents.append(
            {
                "apiVersion": "apps/v1",
                "kind": "DaemonSet",
                "metadata": {"name": name, "namespace": "kube-system"},
                "spec": {
                    "selector": {"matchLabels": labels},
                    "template": {
                        "metadata": {"labels": labels},
                        "spec": {
                            "tolerations": own + added,
                            "containers": [{"name": "plugin", "image": image}],
                        },
                    },
                },
            }
        )
    return yaml.safe_dump_all(documents)


def test_mended_by_the_printed_diff_and_values_it_passes(run: Command, walkthrough: Path) -> None:
    report = run(".").report
    apply_diff(walkthrough, report["root_causes"][0]["fixes"][0]["diff"])
    assert run(".").codes == ["EFA402", "EFA412"]
    (walkthrough / "plugins.yaml").write_text(mended_plugins(report))
    ended = run(".")
    assert (ended.status, ended.codes) == (0, [])
    assert ended.report["verdict"] == "waiting"
    assert "NodePool gpu-efa would make a node" in ended.report["summary"]
    assert not any("plugin" in a["what"] for a in ended.report["assumptions"])


def test_plugins_that_are_given_are_mended_in_their_files(run: Command, walkthrough: Path) -> None:
    shipped = mended_plugins(run(".").report).replace("vpc.amazonaws.com", "something.else")
    (walkthrough / "plugins.yaml").write_text(shipped)
    report = run(".").report
    assert [f["code"] for f in report["root_causes"]] == ["EFA105", "EFA402", "EFA412"]
    assert report["plan"]["verified"] is True
    for finding in report["root_causes"]:
        (fix, *_) = finding["fixes"]
        assert fix["commands"] == []
        assert fix["risk"] == "safe"
        apply_diff(walkthrough, fix["diff"])
    assert run(".").status == 0


def test_write_applies_what_is_printed_once(run: Command, walkthrough: Path) -> None:
    (walkthrough / "plugins.yaml").write_text(mended_plugins(run(".").report))
    diff = run(".").report["root_causes"][0]["fixes"][0]["diff"]
    before = {p.name: p.read_text() for p in walkthrough.iterdir()}
    ended = run(".", "--write")
    assert ended.status == 0
    assert "wrote pod.yaml" in ended.err
    after = {p.name: p.read_text() for p in walkthrough.iterdir()}
    assert [name for name in after if after[name] != before[name]] == ["pod.yaml"]
    assert "# for the EFA taint" in after["pod.yaml"]
    (walkthrough / "pod.yaml").write_text(before["pod.yaml"])
    apply_diff(walkthrough, diff)
    assert (walkthrough / "pod.yaml").read_text() == after["pod.yaml"]
    again = run(".", "--write")
    assert again.status == 0
    assert "wrote" not in again.err
    assert {p.name: p.read_text() for p in walkthrough.iterdir()} == after


def test_fingerprints_stay_when_lines_move(run: Command, walkthrough: Path) -> None:
    def fingerprints() -> list[str]:
        report = run(".").report
        return [f["fingerprint"] for f in (*report["root_causes"], *report["warnings"])]

    before = fingerprints()
    for path in walkthrough.iterdir():
        path.write_text("# moved\n\n" + path.read_text().replace("spec:\n", "spec:\n  # down\n"))
    assert fingerprints() == before


def test_only_nodepools_are_judged_with_a_plain_pod(run: Command, walkthrough: Path) -> None:
    (walkthrough / "pod.yaml").unlink()
    ended = run(".")
    assert ended.codes == ["EFA402", "EFA412"]
    assert ended.report["subjects"] == [{"kind": "NodePool", "namespace": "", "name": "gpu-efa"}]
    assert "no workload was given" in ended.report["assumptions"][0]["what"]
    # run-time warnings about a pod that nobody wrote would be noise
    assert {f["object"]["name"] for f in ended.report["warnings"]} == {"gpu-efa"}


def test_standard_input_is_read_and_shown_by_its_name(run: Command, walkthrough: Path) -> None:
    text = "---\n".join((walkthrough / n).read_text() for n in ("pod.yaml", "nodepool.yaml"))
    for path in walkthrough.iterdir():
        path.unlink()
    ended = run("-", stdin=text)
    assert place(ended.report["root_causes"][0]) == "<stdin>:14:7"

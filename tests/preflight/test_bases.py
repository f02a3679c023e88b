"""Manifests on top of a cluster: a bundle, a committed baseline, or the live one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from collect.servers.kubernetes import KubernetesServer, kubeconfig
from preflight.conftest import Command

from efadoctor.cli import main

BUNDLE = Path(__file__).parents[1] / "scenarios" / "seed-walkthrough" / "bundle"


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    path = tmp_path / "baseline.json"
    assert main(["capture", "--bundle", str(BUNDLE), "--baseline", str(path)]) == 0
    return path


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """The plugins of the bundle as manifests, mended."""
    lists = json.loads((BUNDLE / "cluster" / "daemonsets.apps.json").read_text())
    found = [d for d in lists["items"] if "device-plugin" in d["metadata"]["name"]]
    for daemonset in found:
        del daemonset["status"]
        daemonset["metadata"] = {k: daemonset["metadata"][k] for k in ("name", "namespace")}
        daemonset["spec"]["template"]["spec"]["tolerations"] = [{"operator": "Exists"}]
    path = tmp_path / "plugins.yaml"
    path.write_text(yaml.safe_dump_all(found))
    return path


def correct(folder: Path) -> None:
    pod = folder / "pod.yaml"
    pod.write_text(pod.read_text().replace('vpc.amazon.com/efa"', 'vpc.amazonaws.com"', 1))


@pytest.mark.usefixtures("walkthrough")
def test_a_bundle_gives_what_manifests_leave_out_and_nothing_is_assumed(run: Command) -> None:
    ended = run("pod.yaml", "--bundle", BUNDLE)
    assert ended.codes == ["EFA105", "EFA402", "EFA412"]
    report = ended.report
    assert report["assumptions"] == []
    assert report["source"]["kind"] == "manifests"
    assert report["source"]["cluster"] == "training-on-eks"
    misspelt, efa, gpu = report["root_causes"]
    assert misspelt["evidence"][0]["location"] == "pod.yaml:14"
    assert {e["source"] for e in efa["evidence"] if e["object"]["kind"] == "DaemonSet"} == {
        "cluster"
    }
    assert "kubectl patch daemonset/" in efa["fixes"][0]["commands"][0]
    # what is not in any file still has a place: that of what waits for it
    assert gpu["evidence"][-1]["location"] == "pod.yaml:4"
    assert report["scheduler"]["observed"] is None


def test_what_is_applied_takes_effect_on_the_copy(
    run: Command, walkthrough: Path, plugins: Path
) -> None:
    correct(walkthrough)
    assert run("pod.yaml", "--bundle", BUNDLE).codes == ["EFA402", "EFA412"]
    ended = run("pod.yaml", plugins, "--bundle", BUNDLE)
    assert (ended.status, ended.report["verdict"]) == (0, "schedulable")


def test_a_plugin_alone_is_judged_with_the_pools_it_is_for(run: Command, plugins: Path) -> None:
    ended = run(plugins, "--bundle", BUNDLE)
    assert ended.status == 0
    names = {s["name"] for r in ended.json["reports"] for s in r["subjects"]}
    assert names == {"gpu-efa", "gpu"}


def test_a_baseline_needs_no_cluster(
    run: Command, walkthrough: Path, baseline: Path, plugins: Path
) -> None:
    ended = run("pod.yaml", "--baseline", baseline)
    assert ended.codes == ["EFA105", "EFA402", "EFA412"]
    (assumed,) = ended.report["assumptions"]
    assert "nothing else runs on them" in assumed["what"]
    correct(walkthrough)
    assert run("pod.yaml", plugins, "--baseline", baseline).status == 0


@pytest.mark.usefixtures("walkthrough")
def test_a_nodepool_without_its_class_is_not_ready_where_the_classes_are_known(
    run: Command,
) -> None:
    text = Path("nodepool.yaml").read_text().split("---\n")[0].replace("gpu-efa", "brand-new")
    Path("nodepool.yaml").write_text(text)
    Path("pod.yaml").write_text(Path("pod.yaml").read_text().replace("gpu-efa", "brand-new"))
    ended = run("pod.yaml", "nodepool.yaml", "--bundle", BUNDLE)
    assert "EFA202" in ended.codes
    (found,) = [f for f in ended.report["root_causes"] if f["code"] == "EFA202"]
    assert found["evidence"][0]["location"].startswith("nodepool.yaml:")
    # of files alone it is assumed to be there
    alone = run("pod.yaml", "nodepool.yaml")
    assert "EFA202" not in alone.codes
    assert any("EC2NodeClass brand-new" in a["what"] for a in alone.report["assumptions"])


@pytest.mark.usefixtures("walkthrough")
def test_a_new_class_is_resolved_by_the_subnets_that_there_are(run: Command) -> None:
    text = Path("nodepool.yaml").read_text().replace("gpu-efa", "brand-new")
    Path("nodepool.yaml").write_text(text.replace("training-on-eks", "Training-on-eks", 1))
    Path("pod.yaml").write_text(Path("pod.yaml").read_text().replace("gpu-efa", "brand-new"))
    ended = run("pod.yaml", "nodepool.yaml", "--bundle", BUNDLE)
    (found,) = [f for f in ended.report["root_causes"] if f["code"] == "EFA203"]
    place = next(e["location"] for e in found["evidence"] if e["location"])
    assert place.startswith("nodepool.yaml:")


@pytest.mark.usefixtures("walkthrough")
def test_the_live_cluster_is_read_and_never_written(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with KubernetesServer.of_bundle(BUNDLE) as server:
        (tmp_path / "home").mkdir()
        config = kubeconfig(server, tmp_path / "home", context=server.context)
        server.record.clear()  # shared by all servers of a run
        ended = run("pod.yaml", "--live", "--kubeconfig", config, "--no-aws")
        assert {asked.verb for asked in server.record} == {"GET"}
    assert ended.codes == ["EFA105", "EFA402", "EFA412"]


def test_one_base_at_a_time(run: Command, walkthrough: Path, baseline: Path) -> None:
    ended = run("pod.yaml", "--bundle", BUNDLE, "--baseline", baseline)
    assert ended.status == 2
    assert "exclude each other" in ended.err
    assert run("pod.yaml", "--baseline", walkthrough / "pod.yaml").status == 2

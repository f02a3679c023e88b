"""Every kind that makes pods, each template of it, and where its findings stand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from preflight.conftest import Command

TEMPLATE = {
    "spec": {
        "containers": [
            {"name": "main", "image": "x", "resources": {"limits": {"vpc.amazon.com/efa": 1}}}
        ]
    }
}
KINDS = {
    "Job": ("batch/v1", {"template": TEMPLATE}, 1),
    "CronJob": ("batch/v1", {"jobTemplate": {"spec": {"template": TEMPLATE}}}, 1),
    "Deployment": ("apps/v1", {"template": TEMPLATE}, 1),
    "StatefulSet": ("apps/v1", {"template": TEMPLATE}, 1),
    "ReplicaSet": ("apps/v1", {"template": TEMPLATE}, 1),
    "JobSet": (
        "jobset.x-k8s.io/v1alpha2",
        {
            "replicatedJobs": [
                {"name": n, "template": {"spec": {"template": TEMPLATE}}} for n in ("a", "b")
            ]
        },
        2,
    ),
    "MPIJob": (
        "kubeflow.org/v2beta1",
        {"mpiReplicaSpecs": {k: {"template": TEMPLATE} for k in ("Launcher", "Worker")}},
        2,
    ),
    "PyTorchJob": (
        "kubeflow.org/v1",
        {"pytorchReplicaSpecs": {k: {"template": TEMPLATE} for k in ("Master", "Worker")}},
        2,
    ),
    "RayCluster": (
        "ray.io/v1",
        {
            "headGroupSpec": {"template": TEMPLATE},
            "workerGroupSpecs": [{"groupName": "w", "template": TEMPLATE}],
        },
        2,
    ),
    "RayJob": (
        "ray.io/v1",
        {"rayClusterSpec": {"headGroupSpec": {"template": TEMPLATE}}},
        1,
    ),
    "LeaderWorkerSet": (
        "leaderworkerset.x-k8s.io/v1",
        {"leaderWorkerTemplate": {f"{k}Template": TEMPLATE for k in ("leader", "worker")}},
        2,
    ),
}


@pytest.mark.parametrize("write", [yaml.safe_dump, json.dumps])
@pytest.mark.parametrize("kind", KINDS)
def test_every_template_is_judged_and_mended_where_it_stands(
    kind: str, write: Callable[[object], str], run: Command, tmp_path: Path
) -> None:
    api_version, spec, templates = KINDS[kind]
    plain = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "train"}, "spec": spec}
    text = write(json.loads(json.dumps(plain)))
    (tmp_path / "m.yaml").write_text(text)
    ended = run("m.yaml")
    assert ended.codes == ["EFA103"] * templates
    fingerprints = {f["fingerprint"] for r in ended.json["reports"] for f in r["root_causes"]}
    assert len(fingerprints) == 1
    for report in ended.json["reports"]:
        assert report["subjects"] == [{"kind": kind, "namespace": "default", "name": "train"}]
        (finding,) = report["root_causes"]
        first = finding["evidence"][0]
        line = text.splitlines()[int(first["location"].partition(":")[2]) - 1]
        assert line[first["column"] - 1 :].lstrip('"').startswith("vpc.amazon.com/efa")
        assert finding["fixes"][0]["commands"] == []
    assert "1 fix" in run("m.yaml", "--write").err or templates > 1
    after = (tmp_path / "m.yaml").read_text()
    assert after == text.replace("vpc.amazon.com", "vpc.amazonaws.com")


def test_a_workload_without_a_template_is_no_subject(run: Command) -> None:
    text = "apiVersion: trainer.kubeflow.org/v1alpha1\nkind: TrainJob\nmetadata: {name: t}\nspec: {runtimeRef: {name: x}}\n"
    assert run("-", stdin=text).json["reports"] == []


def test_pods_that_ask_for_no_device_are_not_judged_alone(run: Command, walkthrough: Path) -> None:
    web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers: [{name: web, image: nginx}]\n"
    (walkthrough / "web.yaml").write_text(web)
    ended = run(".")
    assert [s["name"] for r in ended.json["reports"] for s in r["subjects"]] == ["efa-test-pod"]
    assert "not judged: 1 more" in ended.err
    alone = run("web.yaml", form="text")
    assert alone.status == 0
    assert "1 pod asks for no device" in alone.out


def test_a_pod_alone_is_unknown_unless_it_is_wrong_by_itself(
    run: Command, walkthrough: Path
) -> None:
    ended = run("pod.yaml")
    assert (ended.status, ended.report["verdict"]) == (3, "unknown")
    assert "give the NodePool too" in ended.report["summary"]
    text = (walkthrough / "pod.yaml").read_text()
    wrong = text.replace("vpc.amazonaws.com/efa: 1", "vpc.amazonaws.com/efa: 64")
    assert run("-", stdin=wrong).codes == ["EFA107"]
    wrong = text.replace("spec:\n", "spec:\n  schedulingGates: [{name: example.com/wait}]\n", 1)
    assert run("-", stdin=wrong).codes == ["EFA101"]


CLAIM = """
  volumes:
  - name: data
    persistentVolumeClaim: {claimName: fsx}
"""


@pytest.mark.usefixtures("walkthrough")
@pytest.mark.parametrize(
    "more",
    [
        pytest.param(CLAIM, id="a claim"),
        pytest.param("\n  priorityClassName: high\n", id="a priority class"),
        pytest.param(
            """
  affinity:
    podAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
      - labelSelector: {matchLabels: {app: elsewhere}}
        topologyKey: topology.kubernetes.io/zone
""",
            id="the company of pods",
        ),
    ],
)
def test_what_was_not_given_is_not_blamed(more: str, run: Command) -> None:
    pod = Path("pod.yaml").read_text()
    ended = run("-", "nodepool.yaml", stdin=pod.replace("\nspec:\n", f"\nspec:{more}", 1))
    assert ended.codes == ["EFA105", "EFA402", "EFA412"]


def test_a_claim_that_is_given_is_taken_for_bound(run: Command, walkthrough: Path) -> None:
    claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: fsx}\nspec: {storageClassName: fsx, accessModes: [ReadWriteMany]}\n"
    (walkthrough / "claim.yaml").write_text(claim)
    pod = (walkthrough / "pod.yaml").read_text()
    (walkthrough / "pod.yaml").write_text(pod.replace("\nspec:\n", f"\nspec:{CLAIM}", 1))
    ended = run(".")
    assert ended.codes == ["EFA105", "EFA402", "EFA412"]
    assert any("claim default/fsx" in a["what"] for a in ended.report["assumptions"])


@pytest.mark.usefixtures("walkthrough")
def test_a_selector_that_nearly_names_the_pool_is_named_and_mended(run: Command) -> None:
    pod = Path("pod.yaml").read_text().replace("gpu-efa", "gpu_efa")
    ended = run("-", "nodepool.yaml", stdin=pod)
    (finding,) = [f for f in ended.report["root_causes"] if f["code"] == "EFA106"]
    assert finding["evidence"][0]["location"] == "<stdin>:9"
    assert re.search(
        r"^\+ +karpenter.sh/nodepool: gpu-efa$", finding["fixes"][0]["diff"], re.MULTILINE
    )


@pytest.mark.usefixtures("walkthrough")
def test_a_namespace_that_is_not_written_is_the_one_that_is_said(run: Command) -> None:
    assert run(".", "-n", "ml").report["subjects"][0]["namespace"] == "ml"


def test_a_name_to_be_generated_does(run: Command, walkthrough: Path) -> None:
    pod = walkthrough / "pod.yaml"
    pod.write_text(pod.read_text().replace("name: efa-test-pod", "generateName: train-"))
    assert run(".").codes == ["EFA105", "EFA402", "EFA412"]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((), 0),
        (("--fail-on", "warning"), 1),
        (("--fail-on", "unknown"), 3),
        (("--fail-on", "unknown", "--exit-zero"), 0),
    ],
)
def test_the_exit_status_is_the_same_for_every_form(
    words: tuple[str, ...], status: int, run: Command, walkthrough: Path
) -> None:
    pool = walkthrough / "nodepool.yaml"
    kept = re.sub(r"      taints:\n.*?  limits:", "  limits:", pool.read_text(), flags=re.DOTALL)
    pool.write_text(kept)
    for form in ("text", "json", "sarif", "junit"):
        assert run(".", *words, form=form).status == status

"""What objects of a cluster, and the folder's file, ask a diagnosis not to tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol

import pytest
from cli.conftest import Command
from command_lines import Ended


class Annotate(Protocol):
    def __call__(self, name: str, text: str, source: str = "pods") -> None: ...


@pytest.fixture
def annotate(bundle: Path) -> Annotate:
    """Puts the annotation on objects of one kind in the bundle."""

    def annotate(name: str, text: str, source: str = "pods") -> None:
        (path,) = (bundle / "cluster").glob(f"{source}*.json")
        lists = json.loads(path.read_text())
        for item in lists["items"]:
            if item["metadata"]["name"] == name:
                notes = item["metadata"].setdefault("annotations", {})
                notes["efadoctor.io/ignore"] = text
        path.write_text(json.dumps(lists))

    return annotate


def codes(ended: Ended) -> tuple[list[str], list[str]]:
    report = ended.json
    suppressed = [s["finding"]["code"] for s in report["suppressed"]]
    return [f["code"] for f in report["root_causes"]], suppressed


def test_an_annotation_on_the_object_of_a_finding(
    run: Command, bundle: Path, annotate: Annotate
) -> None:
    annotate("aws-efa-k8s-device-plugin", "EFA402: tomorrow\nEFA412: not mine", "daemonsets")
    ended = run("diagnose", "--bundle", bundle, "efa-test-pod", "-o", "json")
    assert codes(ended) == (["EFA105", "EFA412"], ["EFA402"])


def test_an_annotation_on_the_pod_covers_all_that_is_found_for_it(
    run: Command, bundle: Path, annotate: Annotate
) -> None:
    annotate("efa-test-pod", "EFA105,EFA402,EFA412: we know")
    ended = run("diagnose", "--bundle", bundle, "efa-test-pod", "-o", "json")
    assert codes(ended) == ([], ["EFA105", "EFA402", "EFA412"])
    assert ended.status == 0
    assert ended.json["verdict"] == "blocked"


@pytest.mark.parametrize("text", ["EFA402", "EFA999: what"])
def test_a_slip_in_a_clusters_annotation_is_told_and_ignores_nothing(
    text: str, run: Command, bundle: Path, annotate: Annotate
) -> None:
    annotate("efa-test-pod", text)
    ended = run("diagnose", "--bundle", bundle, "efa-test-pod", "-o", "json")
    assert codes(ended)[0] == ["EFA105", "EFA402", "EFA412"]
    assert "annotation efadoctor.io/ignore of Pod default/efa-test-pod is not used" in ended.err


def test_the_folders_file_holds_for_a_diagnosis_too(
    run: Command, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".efadoctor.yaml").write_text(
        "ignore:\n- {code: EFA105, reason: we know}\n"
        "- {code: EFA402, reason: we knew, expires: 2020-01-01}\n"
    )
    ended = run("diagnose", "--bundle", bundle, "efa-test-pod", "-o", "json")
    assert codes(ended) == (["EFA402", "EFA412"], ["EFA105"])
    text = run("diagnose", "--bundle", bundle, "efa-test-pod").out
    assert ".efadoctor.yaml:3: EFA402 expired on 2020-01-01" in text

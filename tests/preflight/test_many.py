"""Many manifests at once: alike ones are judged once, and each is told and mended for itself."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from preflight.conftest import Command

from efadoctor.cli.parsing import parse  # the program is loaded before time is taken

COUNT = 300


@pytest.fixture
def many(walkthrough: Path) -> Path:
    pod = (walkthrough / "pod.yaml").read_text()
    text = "---\n".join(pod.replace("efa-test-pod", f"train-{n}") for n in range(COUNT))
    (walkthrough / "pod.yaml").write_text(text)
    return walkthrough


def test_each_of_many_is_found_at_its_own_line(run: Command, many: Path) -> None:
    assert parse(["preflight", "."])
    before = time.process_time()
    log = run(".", form="sarif").json
    assert time.process_time() - before < 20
    results = [r for r in log["runs"][0]["results"] if r["ruleId"] == "EFA105"]
    lines = [r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in results]
    length = (many / "pod.yaml").read_text().count("\n") // COUNT + 1
    assert sorted(lines)[:3] == [14, 14 + length, 14 + 2 * length]
    assert len(set(lines)) == COUNT
    assert len({r["partialFingerprints"]["efadoctor/v1"] for r in results}) == COUNT


@pytest.mark.slow
def test_each_of_many_is_mended_by_its_own_diff(run: Command, many: Path) -> None:
    before = (many / "pod.yaml").read_text()
    ended = run(".", "--write")
    assert f"{COUNT} fixes applied" in ended.err
    after = (many / "pod.yaml").read_text()
    assert after.count('"vpc.amazonaws.com"   # for the EFA taint') == COUNT
    assert after.replace('key: "vpc.amazonaws.com"', 'key: "vpc.amazon.com/efa"').count("\n") == (
        before.count("\n") + COUNT
    )
    # what is left is the plugins' alone: one cause, whoever waits for it
    assert ended.codes == ["EFA402", "EFA412"]
    assert len(ended.report["subjects"]) == COUNT

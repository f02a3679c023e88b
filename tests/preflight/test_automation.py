"""The GitHub Action and the pre-commit hook, as far as they run without their services."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from clusters.names import Json
from jsonschema import Draft202012Validator
from preflight.conftest import Command

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


@pytest.fixture
def path_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``efadoctor`` on the PATH, as an install gives it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "efadoctor"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m efadoctor "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def step(name: str) -> Json:
    return next(s for s in ACTION["runs"]["steps"] if s.get("name") == name)


def judge(folder: Path, **inputs: str) -> tuple[str, str, str]:
    """Runs the action's own script as the runner does, with its inputs by environment."""
    defaults = {k: str(v.get("default", "")) for k, v in ACTION["inputs"].items()}
    given = defaults | {k.replace("_", "-"): v for k, v in inputs.items()}
    script = step("Judge the manifests")
    env = {
        name: given[text.removeprefix("${{ inputs.").removesuffix(" }}")]
        for name, text in script["env"].items()
    }
    out, summary = folder / "output.txt", folder / "summary.md"
    ran = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script["run"]],
        cwd=folder,
        env={**os.environ, **env, "GITHUB_OUTPUT": str(out), "GITHUB_STEP_SUMMARY": str(summary)},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout, out.read_text(), summary.read_text()


def test_every_input_of_the_action_is_used_and_none_is_pasted_into_a_script() -> None:
    text = (ROOT / "action.yml").read_text()
    for name in ACTION["inputs"]:
        assert f"inputs.{name}" in text
    for one in ACTION["runs"]["steps"]:
        assert "${{" not in one.get("run", "")
        assert "uses" in one or one["shell"] == "bash"


@pytest.mark.usefixtures("path_to_it")
def test_the_action_annotates_writes_sarif_and_a_summary(walkthrough: Path) -> None:
    log, out, summary = judge(walkthrough)
    assert "::error file=pod.yaml,line=14,col=7,title=EFA105" in log
    assert out == "status=1\n"
    assert "### efadoctor: blocked" in summary
    sarif = json.loads((walkthrough / "efadoctor.sarif").read_text())
    first = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert first == {
        "artifactLocation": {"uri": "pod.yaml"},
        "region": {"startLine": 14, "startColumn": 7},
    }
    ended = step("Say how it ended")["run"]
    status = subprocess.run(["bash", "-c", ended], env={"EFADOCTOR_STATUS": "1"}, check=False)
    assert status.returncode == 1


@pytest.mark.usefixtures("path_to_it")
def test_inputs_of_several_lines_are_words_and_never_code(walkthrough: Path) -> None:
    (walkthrough / "a b").mkdir()
    (walkthrough / "pod.yaml").rename(walkthrough / "a b" / "$(touch hacked).yaml")
    _, out, _ = judge(
        walkthrough,
        paths="nodepool.yaml\na b\n",
        ignore="EFA105\nEFA402=DaemonSet/aws-efa-k8s-device-plugin\nEFA412\n",
        fail_on="warning",
    )
    assert out == "status=1\n"  # for the warnings
    assert not (walkthrough / "hacked").exists()
    _, out, _ = judge(walkthrough, paths="--help")
    assert out.endswith("\nstatus=2\n")


@pytest.mark.usefixtures("path_to_it")
def test_the_hook_judges_the_whole_repository(walkthrough: Path) -> None:
    assert HOOK["pass_filenames"] is False
    words = [*shlex.split(HOOK["entry"]), *HOOK["args"]]
    ran = subprocess.run(words, cwd=walkthrough, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "CAUSE 1 of 3  EFA105" in ran.stdout


SCHEMA = json.loads((ROOT / "docs" / "ignore-file.schema.json").read_text())


def test_the_ignore_file_has_a_schema_in_docs_and_package() -> None:
    kept = ROOT / "efadoctor" / "preflight" / "schemas" / "ignore-file.schema.json"
    assert json.loads(kept.read_text()) == SCHEMA
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("ignore:\n- {code: EFA703, reason: x, expires: '2026-12-31', object: NodePool/a}\n", True),
        ("ignore: []\n", True),
        ("", True),
        ("ignore:\n- {code: EFA703}\n", False),
        ("ignore:\n- {code: EFA703, reason: x, until: y}\n", False),
        ("ignore:\n- {code: EFA703, reason: x, object: gpu}\n", False),
        ("ignored: []\n", False),
    ],
)
def test_schema_and_reader_agree(
    text: str, *, valid: bool, run: Command, walkthrough: Path
) -> None:
    assert Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text)) is valid
    (walkthrough / ".efadoctor.yaml").write_text(text)
    assert (run("pod.yaml", "nodepool.yaml").status != 2) is valid

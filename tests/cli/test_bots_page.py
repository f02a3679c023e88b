"""The worked examples of docs/bots.md do what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "bots.md").read_text("utf-8")
PAGER, IN_PROCESS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def incident(tmp_path: Path) -> Path:
    copy = tmp_path / "incident.tar.gz"
    copy.write_bytes(files("efadoctor.incidents").joinpath("walkthrough.tar.gz").read_bytes())
    return copy


def ran(code: str, incident: Path, *words: str) -> str:
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        check=True,
        cwd=incident.parent,
        env={"PATH": path},
    )
    return done.stdout


@pytest.mark.parametrize("words", [("efa-test-pod",), ("-A",)])
def test_the_pager_says_a_sentence_and_commands_for_each_cause(
    words: tuple[str, ...], incident: Path
) -> None:
    said = ran(PAGER, incident, "--bundle", "incident.tar.gz", *words).splitlines()
    assert said[0].startswith("1 pods: ")
    assert [line[:6] for line in said if line.startswith("EFA")] == ["EFA105", "EFA402", "EFA412"]
    assert sum(line.startswith("    kubectl ") for line in said) == 3


def test_the_library_says_verdict_and_fingerprints(incident: Path) -> None:
    assert re.fullmatch(r"blocked \[('[0-9a-f]{16}'(, )?){3}\]\n", ran(IN_PROCESS, incident))

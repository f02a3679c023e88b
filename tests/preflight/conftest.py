"""Command lines on folders of manifests, and the walkthrough's own files."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from typing import Any, Protocol

import command_lines
import pytest

from efadoctor.cli import main

WALKTHROUGH = Path(__file__).parent / "walkthrough"


class Ended(command_lines.Ended, frozen=True):
    """How preflight ended, with what its JSON holds."""

    @property
    def codes(self) -> list[str]:
        """The codes of all root causes, in order."""
        return [f["code"] for r in self.json["reports"] for f in r["root_causes"]]

    @property
    def report(self) -> Any:
        (report,) = self.json["reports"]
        return report


class Command(Protocol):
    """A command line of preflight: its words, its input and its form."""

    def __call__(self, *words: object, stdin: str | bytes = "", form: str = "json") -> Ended: ...


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Command:
    """Runs preflight in an empty folder of its own, without any cluster."""
    monkeypatch.setenv("KUBECONFIG", "/nonexistent/kubeconfig")
    monkeypatch.delenv("EFADOCTOR_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*words: object, stdin: str | bytes = "", form: str = "json") -> Ended:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        output = () if "-o" in words else ("-o", form)
        status = main(["preflight", *map(str, words), *output])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert "defect" not in said.err
        return Ended(status, said.out, said.err)

    return run


@pytest.fixture
def walkthrough(tmp_path: Path) -> Path:
    """The walkthrough's NodePool, EC2NodeClass and Pod, in the current folder."""
    shutil.copytree(WALKTHROUGH, tmp_path, dirs_exist_ok=True)
    return tmp_path

"""The shipped incident as a folder that a test may spoil, and a way to run a command line."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import pytest
from command_lines import Ended

from efadoctor.cli import main


class Command(Protocol):
    """A command line, given as its words."""

    def __call__(self, *words: object) -> Ended: ...


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command line in this process; no kubeconfig of this machine is ever read."""
    monkeypatch.setenv("KUBECONFIG", "/nonexistent/kubeconfig")
    monkeypatch.delenv("EFADOCTOR_DEBUG", raising=False)

    def run(*words: object) -> Ended:
        status = main([str(word) for word in words])
        said = capsys.readouterr()
        return Ended(status, said.out, said.err)

    return run


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The walkthrough's incident, unpacked."""
    shipped = files("efadoctor.incidents").joinpath("walkthrough.tar.gz")
    with shipped.open("rb") as raw, tarfile.open(fileobj=raw) as tar:
        tar.extractall(tmp_path / "bundle", filter="data")
    return tmp_path / "bundle"


Spoil = Callable[[Callable[[dict[str, Any]], None]], None]


@pytest.fixture
def change_pod(bundle: Path) -> Spoil:
    """Changes the incident's pod in place."""

    def change(by: Callable[[dict[str, Any]], None]) -> None:
        path = bundle / "cluster" / "pods.json"
        pods = json.loads(path.read_text())
        by(next(p for p in pods["items"] if p["metadata"]["name"] == "efa-test-pod"))
        path.write_text(json.dumps(pods))

    return change

"""Recorded states as raw objects, their reports, and printed lines run in a shell."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

from efadoctor import Snapshot, diagnose
from efadoctor.model.report import Report

SCENARIOS = Path(__file__).parent.parent / "scenarios"
Json = dict[str, Any]


def scenarios() -> list[str]:
    return sorted(p.parent.name for p in SCENARIOS.glob("*/expected.json"))


def objects_of(scenario: str) -> list[Json]:
    """Every Kubernetes object of a bundle, folder or tar, as it was written."""
    folder = SCENARIOS / scenario / "bundle"
    if folder.is_dir():
        texts = [p.read_bytes() for p in sorted(folder.glob("cluster/*.json"))]
    else:
        with tarfile.open(folder.with_name("bundle.tar.gz")) as tar:
            members = [m for m in tar if "cluster/" in m.name and m.name.endswith(".json")]
            texts = [f.read() for m in members if (f := tar.extractfile(m)) is not None]
    return [o for text in texts for o in json.loads(text)["items"] if "kind" in o]


def snapshot_of(scenario: str) -> Snapshot:
    folder = SCENARIOS / scenario / "bundle"
    return Snapshot.load(folder if folder.is_dir() else folder.with_name("bundle.tar.gz"))


@cache
def report_of(scenario: str) -> Report:
    expected = json.loads((SCENARIOS / scenario / "expected.json").read_text())
    namespace, _, name = expected["subject"].partition("/")
    return diagnose(snapshot_of(scenario), f"{namespace}/{expected['subject_kind']}/{name}")


def stand_ins(folder: Path) -> Path:
    """A folder with a helm and an aws that take any line that they could parse."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("helm", "aws"):
        (tools / name).write_text("#!/bin/sh\nexit 0\n")
        (tools / name).chmod(0o755)
    return tools


def run(line: str, kubeconfig: Path) -> subprocess.CompletedProcess[str]:
    """One printed line under the shell that it is promised to run in."""
    assets = os.environ.get("KUBEBUILDER_ASSETS", "")
    places = [str(stand_ins(kubeconfig.parent)), *([assets] if assets else []), os.environ["PATH"]]
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line],
        env={
            "PATH": ":".join(places),
            "KUBECONFIG": str(kubeconfig),
            "HOME": str(kubeconfig.parent),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

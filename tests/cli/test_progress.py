"""Standard error, while something is read that takes its time."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from pathlib import Path

import pytest
from cli.conftest import Command
from collect.servers.kubernetes import KubernetesServer, kubeconfig

from efadoctor.cli import talk
from efadoctor.cli.talk import ProgressLine

BUNDLE = Path(__file__).parents[1] / "scenarios" / "seed-walkthrough" / "bundle"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "_QUIET", 0.05)
    monkeypatch.setattr(talk, "_ON_TERMINAL", 0.02)


@pytest.mark.usefixtures("quick")
def test_a_slow_reading_says_what_how_much_and_from_where(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "_ELSEWHERE", 0.05)
    with KubernetesServer.of_bundle(BUNDLE) as server:
        server.faults.append(
            lambda a, r: replace(r, delay=0.4) if a.path == "/api/v1/pods" else None
        )
        config = kubeconfig(server, tmp_path, context=server.context)
        ended = run("diagnose", "efa-test-pod", "--kubeconfig", config, "--no-aws", "-o", "json")
        lines = [line for line in ended.err.splitlines() if line.startswith("reading")]
        assert f"from 127.0.0.1:{server.port}: " in lines[-1]
        assert " objects, " in lines[-1]
        assert lines[-1].endswith(" MB")
        assert ended.json["verdict"] == "blocked"


def test_a_quick_reading_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressLine() as line:
        line.tell("cluster/nodes", 5)
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("quick")
def test_a_server_that_sends_nothing_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressLine():
        time.sleep(0.3)
    # one line, and the next much later: nobody watches
    assert capsys.readouterr().err == "reading: nothing has arrived yet\n"


@pytest.mark.usefixtures("quick")
def test_on_a_terminal_the_line_is_gone_when_the_report_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = Terminal()
    monkeypatch.setattr("sys.stderr", shown)
    with ProgressLine() as line:
        line.tell("cluster/pods", 1200, 3_000_000, "host\x1b[31m")
        time.sleep(0.3)
        line.rest()
        ended = shown.getvalue()
        time.sleep(0.2)
        assert shown.getvalue() == ended, "nothing is read: nothing is said"
    assert "reading cluster/pods from host" in ended
    assert "1,200 objects, 3.0 MB" in ended
    assert "\x1b[31m" not in ended
    assert ended.endswith("\r\x1b[K")

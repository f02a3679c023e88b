"""In a terminal: coloured, unless somebody says otherwise; nothing there asks or waits."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from efadoctor.cli.terminal import is_terminal


def seen(words: list[str], env: dict[str, str]) -> str:
    """What a terminal is shown; standard input is no terminal, so that no TUI opens."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "efadoctor", *words],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={"TERM": "xterm-256color", "PATH": os.environ["PATH"], **env},
    ):
        os.close(theirs)
        shown = b""
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not chunk:
                break
            shown += chunk
    os.close(ours)
    return shown.decode()


def test_a_terminal_is_coloured(bundle: Path) -> None:
    assert "\x1b[1;31m" in seen(["diagnose", "--bundle", str(bundle)], {})


@pytest.mark.parametrize(
    ("words", "env"),
    [
        ([], {"NO_COLOR": "1"}),
        (["--no-color"], {}),
        ([], {"TERM": "dumb"}),
        ([], {"CI": "true"}),
    ],
)
def test_it_is_plain_where_somebody_says_so(
    words: list[str], env: dict[str, str], bundle: Path
) -> None:
    assert "\x1b" not in seen(["diagnose", "--bundle", str(bundle), *words], env)


@pytest.mark.parametrize(("term", "opens"), [("xterm-256color", True), ("dumb", False)])
def test_a_terminal_that_moves_no_cursor_is_given_text(
    monkeypatch: pytest.MonkeyPatch, term: str, *, opens: bool
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert is_terminal() is opens


def test_a_page_is_rendered_in_a_terminal() -> None:
    shown = seen(["checks", "EFA105"], {})
    assert "\x1b[" in shown
    assert "## " not in shown

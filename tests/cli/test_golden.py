"""The walkthrough as it is read, byte for byte, and not much more than a screen and a half.

EFADOCTOR_UPDATE_GOLDEN=1 writes the files anew; look at the difference before committing it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cli.conftest import Command

GOLDEN = Path(__file__).parent / "golden"


def check(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("EFADOCTOR_UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def walkthrough(run: Command, monkeypatch: pytest.MonkeyPatch, form: str, columns: int = 80) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    bundle = Path(__file__).parents[2] / "efadoctor/incidents/walkthrough.tar.gz"
    ended = run("diagnose", "--bundle", bundle, "efa-test-pod", "-o", form)
    assert (ended.status, ended.err) == (1, "")
    return ended.out


@pytest.mark.parametrize("columns", [80, 120])
def test_the_text_is_as_it_was_read_and_under_40_lines(
    columns: int, run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = walkthrough(run, monkeypatch, "text", columns)
    assert len(text.splitlines()) < 40
    check(f"walkthrough.{columns}.txt", text)


def test_the_comment_is_as_it_was_read(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    check("walkthrough.md", walkthrough(run, monkeypatch, "markdown"))


def test_the_json_is_as_it_was_read(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Apart from what every new check and release changes."""
    report = json.loads(walkthrough(run, monkeypatch, "json"))
    for moving in ("checks", "graph", "version"):
        del report[moving]
    check("walkthrough.json", json.dumps(report, indent=1) + "\n")

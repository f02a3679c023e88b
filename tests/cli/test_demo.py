"""The incidents that ship: each loads, each is named, the first is the walkthrough's."""

from __future__ import annotations

import pytest
from cli.conftest import Command

from efadoctor.incidents import incidents


def test_the_default_is_the_walkthrough(run: Command) -> None:
    ended = run("demo")
    assert ended.status == 0
    assert ended.out == run("demo", "walkthrough").out
    assert "default/efa-test-pod" in ended.out


def test_list_names_each_on_a_line(run: Command) -> None:
    listed = run("demo", "--list").out.splitlines()
    assert [line.split()[0] for line in listed] == [i.name for i in incidents()]


@pytest.mark.parametrize("name", [i.name for i in incidents()])
def test_each_incident_has_a_verdict_and_exits_0(name: str, run: Command) -> None:
    ended = run("demo", name)
    assert ended.status == 0
    assert ended.err == ""
    assert ended.out.split()[0] in ("BLOCKED", "WAITING", "UNKNOWN")

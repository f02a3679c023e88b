"""Wrong usage: one clear line on standard error, status 2, the nearest right word named."""

from __future__ import annotations

import re
import shlex

import pytest
from cli.conftest import Command

from efadoctor.cli.commands import COMMANDS
from efadoctor.cli.parsing import parse


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("diagnos", "unknown command 'diagnos'; did you mean diagnose?"),
        ("xyzzy", "unknown command 'xyzzy' (efadoctor --help)"),
        ("diagnose --bundel x", "unknown option --bundel; did you mean --bundle?"),
        ("diagnose --bundel=x", "unknown option --bundel; did you mean --bundle?"),
        ("diagnose --bund x", "unknown option --bund; did you mean --bundle?"),
        ("diagnose --bundle", "argument --bundle: expected one argument"),
        ("diagnose a b", "unexpected argument 'b'"),
        ("diagnose a/b/c/d", "'a/b/c/d' names no subject: want POD, NAMESPACE/POD"),
        ("diagnose job/", "'job/' names no subject"),
        ("fix --plan /", "'/' names no subject"),
        ("diagnose -A a", "a subject by name and -A exclude each other"),
        ("diagnose -o jsn", "-o 'jsn' is no format; did you mean json?"),
        ("diagnose -o json=", "name a file after the ="),
        ("diagnose -o json -o yaml", "-o json and -o yaml both go to standard output"),
        ("diagnose -o json=a -o yaml=a", "two outputs would write the same file"),
        ("diagnose --fail-on eror", "--fail-on 'eror'; did you mean error?"),
        ("diagnose --ignore EFA999", "no check has the code 'EFA999'\n"),
        ("checks EFA999", "no check 'EFA999' (efadoctor checks lists them)"),
        ("diagnose --ignore EFA14", "did you mean EFA"),
        ("diagnose --request-timeout soon", "'soon' is no duration"),
        ("checks EFA10", "no check 'EFA10'; did you mean EFA10"),
        ("checks toleration-mising", "did you mean toleration-missing?"),
        ("demo walktrough", "no incident 'walktrough'; did you mean walkthrough?"),
        ("fix", "fix --plan prints what to run"),
        ("--versoin", "unknown option --versoin"),
        ("diagnose", "no kubeconfig"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(line: str, says: str, run: Command) -> None:
    ended = run(*line.split())
    assert ended.status == 2
    assert ended.out == ""
    assert ended.err.startswith("efadoctor: ")
    assert ended.err.count("\n") == 1
    assert says in ended.err


def test_escape_sequences_in_a_word_are_shown_not_obeyed(run: Command) -> None:
    ended = run("\x1b[31mdiagnose\x1b[0m")
    assert "\x1b" not in ended.err
    assert ended.status == 2


@pytest.mark.parametrize("line", ["--help", "diagnose --help", "-h", "checks -h", "fix --help"])
def test_help_is_on_standard_output(line: str, run: Command) -> None:
    ended = run(*line.split())
    assert ended.status == 0
    assert ended.out.startswith("usage: efadoctor")
    assert ended.err == ""


@pytest.mark.parametrize("command", ["", *COMMANDS])
@pytest.mark.parametrize("columns", [40, 80])
def test_help_shows_lines_that_are_right_usage(
    command: str, columns: int, run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    helped = run(*command.split(), "--help").out
    shown = helped.partition("examples:\n")[2].partition("\n\n")[0].splitlines()
    assert shown
    for line in shown:
        words = shlex.split(re.split("[#|<>]", line)[0])
        assert words[0] == "efadoctor"
        parse(words[1:])


def test_help_lists_every_command(run: Command) -> None:
    listed = run("--help").out
    for command in ("demo", "diagnose", "fix", "checks", "instance-types"):
        assert f"\n  {command} " in listed


def test_as_kubectl_s_plugin_it_calls_itself_so(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["/usr/local/bin/kubectl-efadoctor"])
    assert run("--help").out.startswith("usage: kubectl efadoctor")


def test_version_is_one_line(run: Command) -> None:
    assert run("--version").out.startswith("efadoctor 0.")

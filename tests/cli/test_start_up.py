"""What it costs to be asked for the time of day."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

HEAVY = ("kubernetes", "boto3", "botocore", "textual", "networkx", "yaml", "rich")


def loaded(code: str) -> set[str]:
    """The heavy packages that a fresh interpreter has loaded after ``code``."""
    script = f"import sys\n{code}\nprint(*[m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_the_command_line_imports_nothing_heavy() -> None:
    assert loaded("import efadoctor.cli") == set()


@pytest.mark.parametrize("option", ["--version", "--help", "diagnose --help", "instance-types"])
def test_a_question_that_needs_no_cluster_imports_nothing_heavy(option: str) -> None:
    code = f"from efadoctor.cli import main\nmain({option.split()!r})\nprint()"
    assert loaded(code) == set()


def test_a_bundle_is_diagnosed_without_any_client() -> None:
    code = "from efadoctor.cli import main\nmain(['demo'])\nprint()"
    assert loaded(code).isdisjoint({"kubernetes", "boto3", "botocore", "textual"})


def cpu_seconds(*words: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "efadoctor", *words], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_cost_at_most_a_tenth_of_a_second(option: str) -> None:
    assert min(cpu_seconds(option) for _ in range(5)) <= 0.1

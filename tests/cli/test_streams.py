"""Standard streams that are closed, or full, or read by nobody any more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def ended(script: str, *words: str | Path) -> tuple[int, str, str]:
    """Status, output and complaints of a shell line in which ``"$@"`` is efadoctor."""
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", sys.executable, "-m", "efadoctor", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_closed_standard_output_changes_no_status(form: str, bundle: Path) -> None:
    words = ("diagnose", "--bundle", bundle, "-o", form)
    assert ended('"$@" >&-', *words) == (1, "", "")


def test_a_closed_standard_error_changes_no_status() -> None:
    assert ended('"$@" 2>&-', "diagnos") == (2, "", "")


def test_a_closed_standard_input_is_an_empty_one() -> None:
    status, _, said = ended('"$@" <&-', "preflight", "-")
    assert (status, said) == (
        2,
        "efadoctor: standard input: no manifests: nothing in YAML or JSON\n",
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_full_disk_is_one_line_and_status_2(form: str, bundle: Path) -> None:
    words = ("diagnose", "--bundle", bundle, "-o", form)
    said = "efadoctor: cannot write standard output: No space left on device\n"
    assert ended('"$@" > /dev/full', *words) == (2, "", said)


def test_a_reader_that_has_left_changes_no_status(bundle: Path) -> None:
    script = '{ "$@"; echo $? >&2; } | true'
    assert ended(script, "diagnose", "--bundle", bundle) == (0, "", "1\n")

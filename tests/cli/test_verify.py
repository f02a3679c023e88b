"""``verify``: whether EFA carries the traffic, and manifests to find out."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import yaml
from cli.conftest import Command

LOG = (
    "w-0:26:26 [0] NCCL INFO NET/OFI Selected provider is efa (found 4 nics)\n"
    "w-1:26:26 [0] NCCL INFO Using network AWS Libfabric\n"
)
SOCKETS = "w-0:26:26 [0] NCCL INFO Using network Socket\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "nccl.log"


@pytest.mark.parametrize(("text", "status"), [(LOG, 0), (SOCKETS, 1), ("hello\n", 3)])
def test_the_answer_is_the_exit_status(text: str, status: int, run: Command, log: Path) -> None:
    log.write_text(text)
    ended = run("verify", log)
    assert ended.status == status
    assert ended.out


def test_lines_are_named_by_file_and_number(run: Command, log: Path) -> None:
    log.write_text("noise\n" + SOCKETS)
    assert f"({log}:2)" in run("verify", log).out


def test_standard_input_is_read(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LOG.encode())))
    assert run("verify", "-", "--asked", "4").status == 0


def test_escape_sequences_in_a_log_are_shown_not_obeyed(run: Command, log: Path) -> None:
    log.write_text(SOCKETS.replace("Socket", "\x1b[31mSocket"))
    assert "\x1b" not in run("verify", log).out


def test_output_of_a_pod_is_held_against_what_it_asked_for(
    run: Command, bundle: Path, log: Path
) -> None:
    log.write_text("provider: efa\n    domain: a-rdm\nprovider: efa\n    domain: b-rdm\n")
    ended = run("verify", log, "--pod", "efa-test-pod", "--bundle", bundle, "-n", "default")
    assert "lists 2 EFA devices, and 1 were asked for" in ended.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["missing.log"], "missing.log: No such file"),
        (["."], "Is a directory"),
        (["--type", "p5.48xlrge"], "did you mean p5.48xlarge?"),
        (["--type", "m7i.2xlarge"], "no instance type 'm7i.2xlarge' has EFA"),
        (["--asked", "0"], "is no number of things"),
        (["--asked", "²"], "is no number of things"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    words: list[str], says: str, run: Command, tmp_path: Path
) -> None:
    ended = run("verify", *(str(tmp_path) if w == "." else w for w in words))
    assert (ended.status, ended.out) == (2, "")
    assert says in ended.err


def test_without_files_it_prints_manifests_that_suit_the_cluster(
    run: Command, bundle: Path
) -> None:
    ended = run("verify", "--bundle", bundle, "-n", "ml", "--type", "p4d.24xlarge")
    pod, job = yaml.safe_load_all(ended.out)
    assert (ended.status, pod["metadata"]["namespace"], job["kind"]) == (0, "ml", "MPIJob")
    assert pod["spec"]["containers"][0]["resources"]["limits"]["vpc.amazonaws.com/efa"] == 4


def test_a_bundle_without_efa_says_how_to_go_on(run: Command, tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    (tmp_path / "cluster" / "nodes.json").write_text('{"kind": "List", "items": []}')
    ended = run("verify", "--bundle", tmp_path)
    assert ended.status == 2
    assert "--type p5.48xlarge" in ended.err

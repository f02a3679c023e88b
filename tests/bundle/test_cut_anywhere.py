"""Bundles that are cut or changed at any byte."""

import contextlib
from pathlib import Path

import pytest
from bundle_files import (
    GOOD,
    folder,
    scenario_bundle,
    scenario_files,
    tar_bytes,
    told,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from efadoctor.bundle import load
from efadoctor.model.errors import UnreadableInputError
from efadoctor.model.kubernetes import Node

WHOLE = scenario_bundle("volume-in-other-zone").read_bytes()
PLAIN = tar_bytes(scenario_files("volume-in-other-zone"))
NODES = scenario_files("seed-walkthrough")["cluster/nodes.json"].rstrip()


@settings(
    max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
@pytest.mark.parametrize("raw", [WHOLE, PLAIN], ids=["tar.gz", "tar"])
def test_a_bundle_cut_anywhere_is_read_in_part_or_refused(
    tmp_path: Path, raw: bytes, data: st.DataObject
) -> None:
    path = tmp_path / "b"
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw) - 1))])
    try:
        snapshot = load(path)
    except UnreadableInputError:
        return
    # tar ends in a kilobyte of zeros, which may be missing without harm
    assert snapshot.gaps or len(path.read_bytes()) > len(raw) - 10240


@settings(
    max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, len(PLAIN) - 1), st.integers(0, 255))
def test_a_bundle_with_any_byte_changed_never_fails_otherwise(
    tmp_path: Path, at: int, byte: int
) -> None:
    raw = bytearray(PLAIN)
    raw[at] = byte
    path = tmp_path / "b.tar"
    path.write_bytes(raw)
    with contextlib.suppress(UnreadableInputError):
        load(path).coverage()


@settings(
    max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, len(NODES) - 1), st.sampled_from([".json", ".yaml"]))
def test_a_list_cut_anywhere_is_told(tmp_path: Path, at: int, suffix: str) -> None:
    root = folder(tmp_path, {**GOOD, f"cluster/nodes{suffix}": NODES[:at]})
    snapshot = load(root)
    (root / f"cluster/nodes{suffix}").unlink()
    assert not snapshot.was_read(Node)
    assert told(snapshot)

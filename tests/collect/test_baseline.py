"""The profile that manifests are judged on."""

from __future__ import annotations

from pathlib import Path

import pytest
from collect.conftest import SEED
from collect.planted import CANARY, IDENTITIES

from efadoctor.collect.baseline import baseline, capture_baseline, load_baseline
from efadoctor.model.errors import UnreadableInputError
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.snapshot import Snapshot


def test_a_baseline_is_small_without_pods_and_the_same_each_time(
    captured: tuple[Snapshot, Path], tmp_path: Path
) -> None:
    snapshot, _ = captured
    text = baseline(snapshot)
    assert text == baseline(snapshot)
    assert CANARY not in text.decode()
    was = set(IDENTITIES.findall("\n".join(f.read_text() for f in SEED.rglob("*.json"))))
    assert not was & set(IDENTITIES.findall(text.decode()))
    path = tmp_path / "baseline.json"
    capture_baseline(snapshot, path)
    loaded = load_baseline(path)
    assert not loaded.gaps
    assert not loaded.was_read(Pod)
    assert {p.metadata.name for p in loaded.all(NodePool)} == {
        p.metadata.name for p in snapshot.all(NodePool)
    }
    assert {n.spec.taints for n in loaded.all(Node)} == {n.spec.taints for n in snapshot.all(Node)}


@pytest.mark.parametrize("text", [b"", b"[]", b'{"schema":"other","facts":{}}', b"\xff\xfe"])
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "b.json"
    path.write_bytes(text)
    with pytest.raises(UnreadableInputError):
        load_baseline(path)

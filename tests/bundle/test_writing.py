import stat
import tarfile
from pathlib import Path

import pytest
from bundle_files import folder, list_of, pod, scenario_bundle, scenario_names

from efadoctor.bundle import dump, load, write
from efadoctor.model.errors import UsageError
from efadoctor.model.facts import SOURCES
from efadoctor.model.snapshot import Snapshot


def same(one: Snapshot, other: Snapshot) -> bool:
    return (
        {name: one.of_source(name) for name in SOURCES}
        == {name: other.of_source(name) for name in SOURCES}
        and one.coverage() == other.coverage()
        and (one.now, one.origin, one.partial) == (other.now, other.origin, other.partial)
        and one.server_version == other.server_version
    )


@pytest.mark.parametrize("name", scenario_names())
def test_a_snapshot_written_and_read_again_is_the_same(tmp_path: Path, name: str) -> None:
    snapshot = load(scenario_bundle(name))
    files = dump(snapshot)
    assert same(snapshot, load(folder(tmp_path / "folder", files)))
    write(tmp_path / "b.tar.gz", files)
    assert same(snapshot, load(tmp_path / "b.tar.gz"))


def test_what_was_denied_or_read_in_part_stays_so(tmp_path: Path) -> None:
    about = {
        "created": "2026-11-20T09:30:00Z",
        "denied": [{"source": "cluster/nodes", "reason": "forbidden"}],
        "partial": [{"source": "cluster/pods", "field_selector": "spec.nodeName=a"}],
    }
    files = {"bundle.json": about, "cluster/pods.json": list_of(pod("p"))}
    snapshot = load(folder(tmp_path / "a", files))
    assert same(snapshot, load(folder(tmp_path / "b", dump(snapshot))))


def test_a_snapshot_of_objects_can_be_written_too(tmp_path: Path) -> None:
    snapshot = Snapshot.from_objects([pod("p")], server_version="v1.36.2")
    again = load(folder(tmp_path, dump(snapshot)))
    assert again.of_source("cluster/pods") == snapshot.of_source("cluster/pods")
    assert again.of_source("cluster/nodes") == ()
    assert again.of_source("aws/ec2/describe-subnets") is None
    assert again.now == snapshot.now


def test_the_same_files_give_the_same_bytes_that_only_the_owner_may_read(tmp_path: Path) -> None:
    files = {"cluster/nodes.json": b"{}", "bundle.json": b"{}"}
    for name in ("a.tar.gz", "b.tar.gz"):
        write(tmp_path / name, files)
        files = dict(reversed(files.items()))
    assert (tmp_path / "a.tar.gz").read_bytes() == (tmp_path / "b.tar.gz").read_bytes()
    assert stat.S_IMODE((tmp_path / "a.tar.gz").stat().st_mode) == 0o600
    with tarfile.open(tmp_path / "a.tar.gz") as tar:
        assert tar.getnames() == ["bundle/bundle.json", "bundle/cluster/nodes.json"]
        assert {(m.mtime, m.uid, m.uname) for m in tar} == {(0, 0, "")}


def test_an_older_bundle_is_replaced_whole_or_kept(tmp_path: Path) -> None:
    path = tmp_path / "b.tar.gz"
    path.write_bytes(b"old")
    with pytest.raises(TypeError):
        write(path, {"bundle.json": None})  # type: ignore[dict-item]  # on purpose: it fails halfway
    assert path.read_bytes() == b"old"
    write(path, {"bundle.json": b"{}"})
    assert load(path).all(object) == ()
    assert [p.name for p in tmp_path.iterdir()] == ["b.tar.gz"]


@pytest.mark.parametrize("name", ["missing/b.tar.gz", "folder", "a\0b"])
def test_a_path_that_cannot_be_written_is_a_usage_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        write(tmp_path / name, {"bundle.json": b"{}"})
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]

"""A tar is read as far as it can be trusted: nothing in it is followed, believed or unpacked."""

import gzip
import io
import tarfile
import time
from pathlib import Path

import pytest
from bundle_files import (
    GOOD,
    archive,
    folder,
    list_of,
    node,
    tar_bytes,
    told,
)

from efadoctor.bundle import load
from efadoctor.model.kubernetes import Node


def entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        (entry("cluster/nodes.json", tarfile.SYMTYPE, "/etc/passwd"), "a symbolic link"),
        (entry("cluster/nodes.json", tarfile.LNKTYPE, "cluster/pods.json"), "a hard link"),
        (entry("cluster/nodes.json", tarfile.CHRTYPE), "a device"),
        (entry("cluster/nodes.json", tarfile.FIFOTYPE), "a named pipe"),
    ],
)
def test_links_devices_and_pipes_in_a_tar_are_never_followed(
    tmp_path: Path, info: tarfile.TarInfo, reason: str
) -> None:
    snapshot = load(archive(tmp_path / "b.tgz", GOOD, info))
    ((where, why),) = told(snapshot)
    assert where == "cluster/nodes.json"
    assert why == f"{reason} is never followed"


@pytest.mark.parametrize("name", ["/cluster/nodes.json", "../cluster/nodes.json", "x/../../y"])
def test_names_that_lead_out_of_a_tar_are_never_followed(tmp_path: Path, name: str) -> None:
    snapshot = load(archive(tmp_path / "b.tgz", {name: list_of(node("a")), **GOOD}))
    assert not snapshot.was_read(Node)
    assert any("leads out" in g.reason for g in snapshot.gaps)


def test_long_names_of_gnu_and_pax_are_read(tmp_path: Path) -> None:
    long = "bundle-" + "x" * 200
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
            name = long if form != tarfile.USTAR_FORMAT else "/".join(["x" * 90])
            info = tarfile.TarInfo(f"{name}/cluster/nodes.json")
            raw = b'{"items": []}'
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw))
        (tmp_path / "b.tar").write_bytes(buffer.getvalue())
        assert load(tmp_path / "b.tar").was_read(Node)


def test_names_with_escapes_are_inert_wherever_they_are_told(tmp_path: Path) -> None:
    snapshot = load(archive(tmp_path / "b.tgz", {**GOOD, "cluster/\x1b]0;x\x07.json": {}}))
    assert "\x1b" not in "".join(g.source + g.place + g.reason for g in snapshot.gaps)


def test_a_damaged_header_ends_the_archive_and_what_came_before_is_used(tmp_path: Path) -> None:
    raw = bytearray(tar_bytes({**GOOD, "cluster/nodes.json": list_of()}))
    at = raw.index(b"cluster/nodes.json")
    raw[at] ^= 1
    (tmp_path / "b.tar").write_bytes(raw)
    ((where, why),) = told(load(tmp_path / "b.tar"), "b.tar")
    assert where == f"b.tar: byte {at} of the archive"
    assert "damaged" in why


def test_a_header_that_claims_gigabytes_is_not_believed(tmp_path: Path) -> None:
    header = bytearray(tar_bytes({}, entry("x", tarfile.XHDTYPE))[:512])
    header[124:136] = b"77777777777\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    raw = tar_bytes(GOOD)[: 512 * 2] + bytes(header) + b"\0" * 4096
    (tmp_path / "b.tar").write_bytes(raw)
    ((_, why),) = told(load(tmp_path / "b.tar"), "b.tar")
    assert "a header of 8,590 MB is not read" in why


@pytest.mark.slow
def test_an_archive_of_zeros_is_left_before_it_fills_anything(tmp_path: Path) -> None:
    path = tmp_path / "b.tgz"
    header = tarfile.TarInfo("cluster/nodes.json")
    header.size = 8_000_000_000
    with gzip.open(path, "wb", 1) as file:
        file.write(tar_bytes(GOOD)[: 512 * 2])
        file.write(header.tobuf())
        for _ in range(40):
            file.write(bytes(8_000_000))
    started = time.monotonic()
    snapshot = load(path)
    assert time.monotonic() - started < 10
    assert told(snapshot) == [
        ("cluster/nodes.json", "8,000 MB is more than is read (1,611 MB)"),
    ]
    assert any(g.source == "b.tgz" for g in snapshot.gaps)


def test_an_archive_of_countless_folders_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("efadoctor.bundle.archive.MAX_ENTRIES", 100)
    folders = (entry(f"x{n}/", tarfile.DIRTYPE) for n in range(99))
    snapshot = load(archive(tmp_path / "b.tgz", {**GOOD, "cluster/nodes.json": {}}, *folders))
    ((_, why),) = told(snapshot, "b.tgz")
    assert "more than 100 entries" in why


def test_a_tar_that_lacks_its_last_blocks_is_whole_where_gzip_says_so(tmp_path: Path) -> None:
    raw = tar_bytes(GOOD)[:1024]
    (tmp_path / "b.tgz").write_bytes(gzip.compress(raw))
    assert load(tmp_path / "b.tgz").gaps == ()
    (tmp_path / "b.tar").write_bytes(raw)
    assert told(load(tmp_path / "b.tar"), "b.tar")


def test_too_many_files_are_not_all_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("efadoctor.bundle.files.MAX_FILES", 3)
    files = {**GOOD, **{f"x{n}": "" for n in range(5)}}
    for path in (folder(tmp_path / "b", files), archive(tmp_path / "b.tgz", files)):
        snapshot = load(path)
        assert any("more than 3 files" in g.reason for g in snapshot.gaps)

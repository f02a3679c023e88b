"""Small bundles for tests: the files of one as a mapping, written as a folder or a tar."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from efadoctor.model.coverage import CoverageStatus
from efadoctor.model.kubernetes import Pod
from efadoctor.model.snapshot import Snapshot

SCENARIOS = Path(__file__).parent / "scenarios"

Files = Mapping[str, Any]
"""Content by name: bytes as they are, text as UTF-8, anything else as JSON."""


def node(name: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, **more}


def pod(name: str, namespace: str = "default", **more: Any) -> dict[str, Any]:
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, **more}


def list_of(*items: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items}


GOOD: Files = {"cluster/pods.json": list_of(pod("p"))}
"""One pod: what is read whatever becomes of the other files."""


def told(snapshot: Snapshot, source: str = "cluster/nodes") -> list[tuple[str, str]]:
    """What is said of a source that could not be read, beside GOOD, which was."""
    assert [p.metadata.name for p in snapshot.all(Pod)] == ["p"]
    return [(g.place, g.reason) for g in snapshot.gaps if g.source == source]


def names(snapshot: Snapshot, type_: type[Any]) -> list[str]:
    """The objects of a type, by name."""
    return [view.metadata.name for view in snapshot.all(type_)]


def gap(snapshot: Snapshot, source: str) -> tuple[CoverageStatus, str, str]:
    """The first gap of a source: its status, place and reason."""
    found = next(g for g in snapshot.gaps if g.source == source)
    return found.status, found.place, found.reason


def as_bytes(content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    return content.encode() if isinstance(content, str) else json.dumps(content).encode()


def folder(root: Path, files: Files) -> Path:
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(as_bytes(content))
    root.mkdir(exist_ok=True)
    return root


def tar_bytes(files: Files, *extra: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for info in extra:
            tar.addfile(info)
        for name, content in files.items():
            raw = as_bytes(content)
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw))
    return buffer.getvalue()


def archive(path: Path, files: Files, *extra: tarfile.TarInfo) -> Path:
    path.write_bytes(gzip.compress(tar_bytes(files, *extra), 1))
    return path


def scenario_names() -> list[str]:
    return sorted(p.name for p in SCENARIOS.iterdir() if p.is_dir())


def scenario_bundle(name: str) -> Path:
    packed = SCENARIOS / name / "bundle.tar.gz"
    return packed if packed.exists() else SCENARIOS / name / "bundle"


def scenario_files(name: str) -> dict[str, bytes]:
    """The files of a scenario's bundle, by their names in the bundle."""
    path = scenario_bundle(name)
    if path.is_dir():
        found = (p for p in path.rglob("*") if p.is_file())
        return {p.relative_to(path).as_posix(): p.read_bytes() for p in sorted(found)}
    with tarfile.open(path) as tar:
        members = [m for m in tar.getmembers() if m.isfile()]
        return {m.name.partition("/")[2]: _content(tar, m) for m in members}


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return file.read() if file is not None else b""

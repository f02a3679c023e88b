"""The way back: a snapshot as the files of a bundle, and files as a ``.tar.gz``."""

import gzip
import io
import os
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from efadoctor.bundle.about import FILE, SCHEMA
from efadoctor.bundle.responses import NAMES_ONLY
from efadoctor.model import aws
from efadoctor.model.coverage import CoverageStatus
from efadoctor.model.errors import UsageError
from efadoctor.model.facts import AWS_SOURCES, KUBERNETES_SOURCES, AwsSource
from efadoctor.model.inert import inert
from efadoctor.model.snapshot import EPOCH, Snapshot

_TOP = "bundle"
_ONLY_OWNER = 0o600
_ONE_A_RESPONSE = (aws.Cluster, aws.NodeGroup, aws.AccessEntry, aws.InstanceProfile)
"""What is asked for by name: one item in each response, so the file is a list of responses."""


def dump(snapshot: Snapshot) -> dict[str, bytes]:
    """The files of a bundle that ``load`` reads as this snapshot, by name.

    Objects that could not be used are not in it, nor are their gaps; denied sources and
    lists that were read in part are declared.
    """
    files = {FILE: _about(snapshot)}
    for source in KUBERNETES_SOURCES:
        views = snapshot.of_source(source.name)
        if views is not None:
            listed = {"apiVersion": "v1", "kind": "List", "items": views}
            files[f"{source.name}.json"] = msgspec.json.encode(listed)
    for of_aws in AWS_SOURCES:
        views = snapshot.of_source(of_aws.name)
        if views is not None:
            files[f"{of_aws.name}.json"] = msgspec.json.encode(_responses(views, of_aws))
    return files


def _about(snapshot: Snapshot) -> bytes:
    origin = snapshot.origin
    now = "" if snapshot.now == EPOCH else snapshot.now.isoformat().replace("+00:00", "Z")
    denied = [
        {"source": gap.source, "reason": gap.reason}
        for gap in snapshot.gaps
        if gap.status is CoverageStatus.DENIED
    ]
    partial = [{"source": p.source, "field_selector": p.field_selector} for p in snapshot.partial]
    version = snapshot.server_version
    said: dict[str, Any] = {
        "schema": SCHEMA,
        "created": origin.captured_at or now,
        "context": origin.context,
        "cluster": origin.cluster,
        "region": origin.region,
        "server_version": str(version) if version else None,
        "denied": denied,
        "partial": partial,
    }
    return msgspec.json.encode({key: value for key, value in said.items() if value})


def _responses(views: tuple[Any, ...], source: AwsSource) -> Any:
    (key,) = source.path
    if source.type in _ONE_A_RESPONSE:
        return [{key: view} for view in views]
    field = NAMES_ONLY.get(source.type)
    return {key: views if field is None else [getattr(view, field) for view in views]}


def write(path: Path, files: Mapping[str, bytes]) -> None:
    """Writes the files as a ``.tar.gz`` that only its owner may read, whole or not at all.

    The same files give the same bytes. Raises UsageError where ``path`` cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            _pack(file, files)
        unfinished.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        unfinished.unlink(missing_ok=True)


def _pack(file: io.BufferedWriter, files: Mapping[str, bytes]) -> None:
    # neither the time nor the name of the file goes into what is written
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for name in sorted(files):
            member = tarfile.TarInfo(f"{_TOP}/{name}")
            member.size = len(files[name])
            member.mode = _ONLY_OWNER
            tar.addfile(member, io.BytesIO(files[name]))


def _unwritable(path: Path, error: OSError | ValueError) -> UsageError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return UsageError(f"{inert(str(path))}: cannot be written: {inert(reason or 'unknown reason')}")

"""Manifests for tests: as text, and what was read of it."""

from __future__ import annotations

import io
from pathlib import Path

from efadoctor.collect.manifests import Manifest, Manifests, read_manifests
from efadoctor.model.fieldpath import FieldPath

POD = """\
# what trains
apiVersion: v1
kind: Pod
metadata:
  name: train  # its name
  labels: {app: llama, "gang.size": '8'}
spec:
  containers:
  - name: main
    resources:
      limits:
        vpc.amazonaws.com/efa: 32
        memory: 100Gi
    command:
    - sh
    - -c
    - |
      set -e
      exec sleep inf
  tolerations:
  - key: "nvidia.com/gpus"
    operator: Exists
"""


def read(text: str | bytes, name: str = "-", folder: Path | None = None) -> Manifests:
    """What is read of a text on standard input, or in a file of the folder."""
    raw = text if isinstance(text, bytes) else text.encode()
    if folder is None:
        return read_manifests([name], io.BytesIO(raw))
    (folder / name).write_bytes(raw)
    return read_manifests([str(folder / name)], io.BytesIO())


def only(manifests: Manifests) -> Manifest:
    """The one object, of manifests without a problem."""
    assert [str(p) for p in manifests.problems] == []
    (manifest,) = manifests.objects
    return manifest


def at(manifest: Manifest, path: str) -> tuple[int, int]:
    """Line and column of a field."""
    location = manifest.where(FieldPath.parse(path))
    return (location.line, location.column)


def text_of(manifest: Manifest, path: str) -> str:
    """A field as it is written."""
    span = manifest.span(FieldPath.parse(path))
    assert span is not None
    return manifest.source.text[span.start.offset : span.end.offset]

"""Manifests: Kubernetes objects from YAML and JSON files, each field with its place.

Reads what kubectl, kustomize and ``helm template`` write: several documents in a file,
``---`` headers, Lists, anchors, merges, block scalars, comments, CRLF, a byte order mark.
Values mean what they mean to kubectl. ``files`` finds the files, ``reading`` makes objects
of them, ``places`` knows where each field stands.
"""

from efadoctor.collect.manifests.places import Location, Manifest, SourceFile, Span
from efadoctor.collect.manifests.reading import (
    Manifests,
    Problem,
    ProblemKind,
    read_content,
    read_manifests,
)

__all__ = [
    "Location",
    "Manifest",
    "Manifests",
    "Problem",
    "ProblemKind",
    "SourceFile",
    "Span",
    "read_content",
    "read_manifests",
]

"""From the text of manifest files to objects."""

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, BinaryIO

import msgspec

from efadoctor.bundle.damage import DamageError
from efadoctor.bundle.json_text import checked
from efadoctor.bundle.yaml_builder import Document
from efadoctor.bundle.yaml_documents import Broken, documents
from efadoctor.bundle.yaml_nodes import Node, child, extent_of
from efadoctor.collect.manifests.files import ManifestFile, find
from efadoctor.collect.manifests.places import Location, Manifest, SourceFile
from efadoctor.model.garbage import collection_paused
from efadoctor.model.inert import inert, inert_json, is_inert

_LIST = "List"
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


class ProblemKind(Enum):
    BROKEN = "broken"
    """A file or document that cannot be read."""
    NOT_AN_OBJECT = "not an object"
    """YAML that is no Kubernetes object: chart values, for one."""
    SKIPPED = "skipped"
    """Found in a folder and not opened: a link, a pipe."""


class Problem(msgspec.Struct, frozen=True):
    """What kept a part of a file from being read; without a location it is the whole file."""

    kind: ProblemKind
    file: str
    reason: str
    location: Location | None = None

    def __str__(self) -> str:
        return f"{self.location or self.file}: {self.reason}"


class Manifests(msgspec.Struct, frozen=True):
    """The objects of all files, in the order of files and documents, and what was wrong."""

    objects: tuple[Manifest, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_manifests(paths: Sequence[str], stdin: BinaryIO) -> Manifests:
    """Every object in the files and folders named; ``-`` is ``stdin``.

    Raises UnreadableInputError for a path that cannot be opened. What is wrong inside a file
    is a problem with its place; the rest is read.
    """
    objects: list[Manifest] = []
    problems: list[Problem] = []
    with collection_paused():
        for file in find(paths, stdin):
            for found in _read(file):
                if isinstance(found, Manifest):
                    objects.append(found)
                else:
                    problems.append(found)
    return Manifests(tuple(objects), tuple(problems))


def read_content(name: str, content: bytes) -> Manifests:
    """Every object in the content of one file, which need not exist."""
    found = tuple(_read(ManifestFile(name, content)))
    return Manifests(
        tuple(f for f in found if isinstance(f, Manifest)),
        tuple(f for f in found if isinstance(f, Problem)),
    )


def _read(file: ManifestFile) -> Iterator[Manifest | Problem]:
    name = inert(file.name)
    if file.refusal:
        kind = ProblemKind.BROKEN if file.asked_for else ProblemKind.SKIPPED
        yield Problem(kind, name, file.refusal)
        return
    if not file.content.strip():
        return
    try:
        raw = checked(file.content)
    except DamageError as damage:
        at = damage.in_text
        place = Location(name, at.line, at.column) if at is not None else None
        yield Problem(ProblemKind.BROKEN, name, damage.reason, place)
        return
    has_mark = len(raw) < len(file.content)
    source = _parsable(name, raw.decode("utf-8"), has_mark)
    for document in documents(source.text):
        if isinstance(document, Broken):
            yield _broken(document, source)
        else:
            yield from _objects(document, source)


def _parsable(name: str, text: str, has_mark: bool) -> SourceFile:  # noqa: FBT001
    r"""The file, as the YAML parser takes it.

    JSON may write one character as two escapes (``\ud83d\ude00``), which YAML does not know.
    """
    if text.lstrip()[:1] in ("{", "[") and _PAIR.search(text):
        text = _PAIR.sub(lambda m: f"\\U{_code_point(m[1], m[2]):08x}", text)
        return SourceFile(name, text, has_byte_order_mark=has_mark, exact=False)
    return SourceFile(name, text, has_byte_order_mark=has_mark)


def _code_point(high: str, low: str) -> int:
    return 0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00)


def _broken(broken: Broken, source: SourceFile) -> Problem:
    reason = inert(broken.reason)
    if broken.since is not None:
        reason = f"{reason}; see line {source.location(broken.since).line}"
    return Problem(ProblemKind.BROKEN, source.name, reason, source.location(broken.offset))


def _objects(document: Document, source: SourceFile) -> Iterator[Manifest | Problem]:
    """The objects of a document: itself, or those of a List, whose items may be Lists too."""
    waiting: list[tuple[Any, Node]] = [(document.value, document.node)]
    while waiting:
        value, node = waiting.pop()
        reason = _why_no_object(value)
        if reason:
            location = source.location(document.base + extent_of(node)[0])
            yield Problem(ProblemKind.NOT_AN_OBJECT, source.name, inert(reason), location)
        elif _is_list(value):
            waiting.extend(reversed(_items(value, node)))
        else:
            plain = value if is_inert(value) else inert_json(value)
            yield Manifest(plain, source, document.number, node, document.base)


def _why_no_object(value: Any) -> str:
    if not isinstance(value, dict):
        return "not a Kubernetes object: no mapping"
    missing = [f for f in ("apiVersion", "kind") if not isinstance(value.get(f), str)]
    return f"not a Kubernetes object: no {' and no '.join(missing)}" if missing else ""


def _is_list(value: dict[str, Any]) -> bool:
    return str(value["kind"]).endswith(_LIST) and isinstance(value.get("items"), list | None)


def _items(value: dict[str, Any], node: Node) -> list[tuple[Any, Node]]:
    """The items of a List; those of a ``PodList`` need not say what they are."""
    of_one_kind = str(value["kind"]).removesuffix(_LIST)
    said = {"apiVersion": value["apiVersion"], "kind": of_one_kind} if of_one_kind else {}
    found = child(node, "items")
    items: list[tuple[Any, Node]] = []
    for number, item in enumerate(value.get("items") or ()):
        below = child(found[1], number) if found is not None else None
        whole = {**said, **item} if isinstance(item, dict) else item
        items.append((whole, below[1] if below is not None else node))
    return items

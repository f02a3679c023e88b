"""Changes fields in the text of a manifest, and leaves everything else of it alone.

The object as it is and as it should be are compared, and each difference is written where it
stands: a scalar in its own quotes, an entry in the indentation of its neighbours. Comments,
order and layout stay. What comes out is read again: it must be the object that was wanted
and change no other, else nothing is written (a field that an anchor shares, for one).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import jsonpatch
import jsonpointer
import msgspec

from efadoctor.collect.manifests import Manifest, SourceFile, read_content
from efadoctor.model.decoding import without_nulls
from efadoctor.model.edits import plain
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.fix import Operation
from efadoctor.preflight.differences import Difference, differences, first_difference
from efadoctor.preflight.page import CannotRewriteError, Page
from efadoctor.preflight.yaml_style import Style

MOST_EDITS = 60
"""Places that one fix may touch in one object; a fix that needs more is no small change."""

_DOCUMENT = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)


class Place(msgspec.Struct, frozen=True):
    """An object in a file: the number of its part of the text, and its own in there.

    Parts are what lies between the lines that begin with ``---``; no edit changes their number.
    """

    part: int
    number: int


def parts_of(text: str) -> list[str]:
    """The parts of a text; together they are the text."""
    starts = [0, *(m.start() for m in _DOCUMENT.finditer(text) if m.start())]
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


class Parts:
    """The parts of a file as it was read, and which of them an object stands in."""

    def __init__(self, source: SourceFile) -> None:
        self.style = Style.of(source.text)
        self.texts = parts_of(source.text)
        self.begins = list(accumulate((len(t) for t in self.texts[:-1]), initial=0))

    def place_of(self, manifest: Manifest) -> Place:
        """Where the document of a manifest stands in its file. Raises CannotRewriteError."""
        if not manifest.source.exact:
            raise CannotRewriteError("the file had to be changed to be read, so it is not written")
        root = manifest.span(FieldPath())
        at = root.start.offset if root is not None else 0
        part = bisect_right(self.begins, at) - 1
        inside = read_content(manifest.file, self.texts[part].encode()).objects
        for number, other in enumerate(inside):
            span = other.span(FieldPath())
            if span is not None and span.start.offset + self.begins[part] == at:
                return Place(part, number)
        raise CannotRewriteError("its place in the file was not found again")


def rewritten(text: str, number: int, operations: Sequence[Operation], style: Style) -> str:
    """The text of one document with a JSON patch carried out on its object ``number``.

    Raises CannotRewriteError where that cannot be done without touching anything else.
    """
    before = _objects(text)
    wanted = _as_written(before[number].json, _patched(before[number].json, operations))
    for _ in range(MOST_EDITS):
        difference = first_difference(before[number].json, wanted, FieldPath()) if before else None
        if difference is None:
            break
        text = Page(text, before[number], style).with_(difference)
        after = _objects(text)
        if len(after) != len(before) or any(
            new.json != old.json
            for n, (new, old) in enumerate(zip(after, before, strict=True))
            if n != number
        ):
            raise CannotRewriteError("another object of the file would change with it")
        if not _only(difference, before[number].json, after[number].json):
            raise CannotRewriteError(
                f"{difference.path} is shared through an anchor or merge: change it by hand"
            )
        before = after
    if without_nulls(before[number].json) != without_nulls(wanted):
        raise CannotRewriteError("the change touches too many places: make it by hand")
    return text


def _objects(text: str) -> tuple[Manifest, ...]:
    found = read_content("", text.encode())
    if found.problems and not found.objects:
        raise CannotRewriteError("what came out cannot be read")
    return found.objects


def _patched(json: Any, operations: Sequence[Operation]) -> Any:
    """The object with the patch carried out; what an earlier one has added is not added again."""
    wanted = plain(json)
    try:
        for operation in operations:
            wanted = _after(wanted, operation)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise CannotRewriteError(f"the change does not fit the file: {error}") from None
    except (TypeError, KeyError, IndexError):
        raise CannotRewriteError("the change does not fit the file") from None
    return wanted


def _as_written(old: Any, new: Any) -> Any:
    """A quantity that was written as a number stays one: ``efa: 32``, not ``efa: "32"``."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {k: _as_written(old.get(k), v) for k, v in new.items()}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [_as_written(a, b) for a, b in zip(old, new, strict=True)]
    is_number = isinstance(old, int) and not isinstance(old, bool)
    return int(new) if is_number and isinstance(new, str) and new.isdecimal() else new


def _after(json: Any, operation: Operation) -> Any:
    if operation.op == "test":
        seen = jsonpointer.resolve_pointer(json, operation.path, None)
        if not isinstance(seen, dict | list) and seen != plain(operation.value):
            raise CannotRewriteError(f"{operation.path} is not as it was read")
        return json
    value = plain(operation.value) if operation.op != "remove" else None
    parent, _, last = operation.path.rpartition("/")
    if operation.op == "add" and last == "-":
        if value in jsonpointer.resolve_pointer(json, parent):
            return json
    elif operation.op == "add" and isinstance(value, list):
        there = jsonpointer.resolve_pointer(json, operation.path, None) or []
        value = [*there, *(v for v in value if v not in there)]
        operation = msgspec.structs.replace(operation, value=value)
    return jsonpatch.JsonPatch([plain(operation)]).apply(json)


def _only(difference: Difference, before: Any, after: Any) -> bool:
    """Whether nothing but the place of the difference has changed, and that has."""
    steps = difference.path.steps
    within = steps if difference.replaces else steps[:-1]
    changed = [d.path.steps[: len(within)] for d in differences(before, after, FieldPath())]
    return bool(changed) and all(c == within for c in changed)


__all__ = ["CannotRewriteError", "Parts", "Place", "parts_of", "rewritten"]

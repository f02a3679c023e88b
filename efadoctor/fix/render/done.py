"""Tests that hold once a patch is made, and not before: a patch run twice is done once.

A JSON patch that begins with a ``test`` of what was seen is refused where the object
changed, and so is the same patch a second time. What tells the two apart is a second patch of
nothing but tests (https://www.rfc-editor.org/rfc/rfc6902#section-4.6). Of a field that is
absent, the API server's library takes a test for null to be true
(https://github.com/evanphx/json-patch).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jsonpatch
import jsonpointer
import msgspec

from efadoctor.model.edits import LONGEST_TEST, holds_whole, plain
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.fix import Operation
from efadoctor.model.structs import Json

_MAPS = frozenset({"nodeSelector", "labels", "annotations", "limits", "requests", "matchLabels"})
"""Fields that the API server leaves out of its own kinds where they are empty."""

_ABSENT: Any = msgspec.UNSET


def done_tests(view: Any, operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """What of an object shows that a patch is made; nothing where no test can show it.

    ``view`` is the object as it was read. A list that loses an entry, or gets one in its
    midst, is tested whole, and so it must be one that the view holds whole.
    """
    after = plain(view)
    touched: list[str] = []
    shifted: list[str] = []
    try:
        for operation in operations:
            if operation.op != "test":
                parent, at_end, pointer = _place(after, operation.path)
                if isinstance(_at(after, parent), list) and not (
                    operation.op == "replace" or (operation.op == "add" and at_end)
                ):
                    shifted.append(parent)
                touched.append(pointer)
                jsonpatch.JsonPatch([plain(operation)]).apply(after, in_place=True)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException):
        return ()
    places = [next((s for s in shifted if p.startswith(f"{s}/")), p) for p in touched]
    tests = [_test(view, after, p, whole=p in shifted) for p in dict.fromkeys(places)]
    return tuple(t for t in tests if t is not None) if None not in tests else ()


def _place(wire: Json, pointer: str) -> tuple[str, bool, str]:
    """Of a pointer: that of its parent, whether it leads to a list's end, itself without ``-``."""
    parent, _, last = pointer.rpartition("/")
    siblings = _at(wire, parent)
    end = str(len(siblings)) if isinstance(siblings, list) else ""
    return parent, last in ("-", end), f"{parent}/{end}" if last == "-" else pointer


def _test(view: Any, after: Json, pointer: str, *, whole: bool) -> Operation | None:
    """The test of one place in the patched object; None where there can be none."""
    present = _at(after, pointer)
    built_in = _is_built_in(view)
    if whole and present:
        held = _path(pointer).resolve(view)
        if not holds_whole(held) or len(msgspec.json.encode(present)) > LONGEST_TEST:
            return None
    elif whole:
        present = None if built_in else []
    elif present is _ABSENT:
        parent = pointer.rpartition("/")[0]
        emptied = built_in and not _at(after, parent) and parent.rpartition("/")[2] in _MAPS
        return Operation(op="test", path=parent if emptied else pointer, value=None)
    return Operation(op="test", path=pointer, value=present)


def _is_built_in(view: Any) -> bool:
    group = str(view.api_version).rpartition("/")[0]
    return group in ("", "apps", "batch") or group.endswith(".k8s.io")


def _path(pointer: str) -> FieldPath:
    steps = (s.replace("~1", "/").replace("~0", "~") for s in pointer.split("/")[1:])
    return FieldPath(tuple(int(s) if s.isdigit() else s for s in steps))


def _at(wire: Json, pointer: str) -> Json:
    try:
        return jsonpointer.resolve_pointer(wire, pointer, _ABSENT)
    except (jsonpointer.JsonPointerException, TypeError):
        return _ABSENT

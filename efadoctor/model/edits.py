"""Builders of patches: RFC 6902 operations that begin with a ``test`` of what was seen.

A view lacks the fields that efadoctor does not decode, so a ``test`` covers only what the
view surely holds whole: scalars, lists and mappings of scalars, taints, tolerations and
requirements, and the name of any list entry that a path goes through.
https://www.rfc-editor.org/rfc/rfc6902
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.fieldpath import FieldPath, Step
from efadoctor.model.fix import Operation, Patch
from efadoctor.model.karpenter import Requirement
from efadoctor.model.kubernetes import (
    NodeSelectorTerm,
    PodAffinityTerm,
    SelectorRequirement,
    Taint,
    Toleration,
)
from efadoctor.model.reference import reference
from efadoctor.model.structs import Json

Where = FieldPath | str
"""A field path, or the text of one."""

WHOLE = (
    Toleration,
    Taint,
    Requirement,
    SelectorRequirement,
    NodeSelectorTerm,
    PodAffinityTerm,
)
"""Views that hold every field that the API has."""

LONGEST_TEST = 600
"""Of a longer list (an allow-list of 300 instance types) only the last entry is tested."""

_NAMES = ("name", "key", "topologyKey")
"""What tells the entries of a list from each other."""

Operations = tuple[Operation, ...]


# ---- one object's patch -----------------------------------------------------


def set_field(view: Any, path: Where, value: Any) -> Patch:
    """Set one field of a view's object to ``value``; missing parents are made."""
    return patch(view, setting(view, path, value))


def append_to(view: Any, path: Where, item: Any) -> Patch:
    """Add an item at the end of a list, which may be absent."""
    return patch(view, appending(view, path, item))


def remove_field(view: Any, path: Where) -> Patch:
    """Remove a field or a list entry. Raises InvalidPatchError where there is none."""
    return patch(view, removing(view, path))


def patch(view: Any, *operations: Operations | Operation) -> Patch:
    """One patch of a view's object out of the operations that the builders below make."""
    return Patch(target=reference(view), operations=joined(*operations))


def joined(*operations: Operations | Operation) -> Operations:
    """The operations one after another, every ``test`` once and before the changes."""
    flat: list[Operation] = []
    for part in operations:
        flat.extend((part,) if isinstance(part, Operation) else part)
    tests: list[Operation] = []
    for operation in flat:
        if operation.op == "test" and operation not in tests:
            tests.append(operation)
    return (*tests, *(o for o in flat if o.op != "test"))


# ---- operations -------------------------------------------------------------


def setting(view: Any, path: Where, value: Any) -> Operations:
    """Operations that set a field: ``test`` and ``replace`` where it is, else ``add``."""
    path = _path(path)
    new = plain(value)
    found = _walk(view, path)
    guards = _guards(view, path)
    if found.whole:
        return (
            *guards,
            *_test(path, found.value),
            Operation(op="replace", path=path.pointer, value=new),
        )
    for step in reversed(path.steps[found.depth + 1 :]):
        if isinstance(step, int):
            raise InvalidPatchError(f"{path}: no list entry to set")
        new = {step: new}
    at = FieldPath(path.steps[: found.depth + 1])
    if isinstance(at.steps[-1], int):
        raise InvalidPatchError(f"{path}: no list entry to set")
    return (*guards, Operation(op="add", path=at.pointer, value=new))


def appending(view: Any, path: Where, item: Any) -> Operations:
    """Operations that add an item at the end of a list; only a ``test`` where it is in it."""
    path = _path(path)
    found = _walk(view, path)
    if found.whole and plain(item) in plain(found.value):
        return (*_guards(view, path), *_test(path, found.value))
    if not found.whole or not found.value:
        return setting(view, path, [item]) if not found.whole else _filled(view, path, item)
    end = FieldPath((*path.steps, "-"))
    return (
        *_guards(view, path),
        *_test(path, found.value),
        Operation(op="add", path=end.pointer, value=plain(item)),
    )


def _filled(view: Any, path: FieldPath, item: Any) -> Operations:
    """An empty list is as good as none: ``add`` sets it either way."""
    return (*_guards(view, path), Operation(op="add", path=path.pointer, value=[plain(item)]))


def removing(view: Any, path: Where) -> Operations:
    """Operations that remove a field. Raises InvalidPatchError where there is none."""
    path = _path(path)
    found = _walk(view, path)
    if not found.whole:
        raise InvalidPatchError(f"{path}: nothing there to remove")
    return (
        *_guards(view, path),
        *_test(path, found.value),
        Operation(op="remove", path=path.pointer),
    )


def plain(value: Any) -> Json:
    """A view, or anything made of views, as the API writes it: no tuples, no structs."""
    return msgspec.json.decode(msgspec.json.encode(value))


# ---- walking a view ---------------------------------------------------------


class _Found(msgspec.Struct, frozen=True):
    """How far a path leads: ``whole``, or up to the step at index ``depth`` that is missing."""

    whole: bool
    value: Any = None
    depth: int = 0


def _path(path: Where) -> FieldPath:
    return FieldPath.parse(path) if isinstance(path, str) else path


def _walk(view: Any, path: FieldPath) -> _Found:
    """Walk the view and, beside it, its wire form, which knows what is absent."""
    if not path.steps:
        raise InvalidPatchError("a patch needs a field to change")
    wire = plain(view)
    for depth, step in enumerate(path.steps):
        try:
            wire = _child(wire, step)
        except LookupError:
            return _Found(whole=False, depth=depth - _is_empty(view, path.steps[:depth]))
    return _Found(whole=True, value=path.resolve(view))


def _is_empty(view: Any, steps: tuple[Step, ...]) -> bool:
    """Whether an empty mapping is there: the API has none of those, so it must be made too."""
    here = FieldPath(steps).resolve(view)
    return bool(steps) and isinstance(here, Mapping) and not here


def _child(wire: Json, step: Step) -> Json:
    if isinstance(step, int) and isinstance(wire, list):
        return wire[step]
    if isinstance(step, str) and isinstance(wire, dict):
        return wire[step]
    raise LookupError(step)


def _guards(view: Any, path: FieldPath) -> Operations:
    """A ``test`` of the name of every list entry that the path goes through."""
    tests: list[Operation] = []
    for depth, step in enumerate(path.steps[:-1]):
        at = FieldPath(path.steps[: depth + 1])
        if isinstance(step, int) and _walk(view, at).whole:
            tests.extend(_entry_test(at, plain(at.resolve(view))))
    return tuple(tests)


def _test(path: FieldPath, seen: Any) -> Operations:
    if holds_whole(seen):
        if isinstance(seen, list | tuple) and len(msgspec.json.encode(seen)) > LONGEST_TEST:
            last = len(seen) - 1
            return _test(path / last, seen[last])
        return (Operation(op="test", path=path.pointer, value=plain(seen)),)
    if isinstance(seen, list | tuple):
        tests = [t for i, entry in enumerate(seen) for t in _entry_test(path / i, plain(entry))]
        short = len(msgspec.json.encode(tests)) <= LONGEST_TEST
        return tuple(tests) if short else _entry_test(path / (len(seen) - 1), plain(seen[-1]))
    return _entry_test(path, plain(seen))


def _entry_test(at: FieldPath, entry: Json) -> Operations:
    """A ``test`` of an entry's name; where it has none, of the scalars that are not defaults."""
    if not isinstance(entry, dict):
        return ()
    names = [n for n in _NAMES if isinstance(entry.get(n), str)][:1]
    known = names or [n for n, value in entry.items() if _is_scalar(value)]
    return tuple(Operation(op="test", path=(at / n).pointer, value=entry[n]) for n in known)


def holds_whole(seen: Any) -> bool:
    """Whether a view holds this value just as the API does."""
    if isinstance(seen, Mapping):
        return all(_is_scalar(v) for v in seen.values())
    if isinstance(seen, list | tuple):
        return all(_is_scalar(v) or isinstance(v, WHOLE) or _is_toleration(v) for v in seen)
    if isinstance(seen, NodeSelectorTerm) and len(msgspec.json.encode(seen)) > LONGEST_TEST:
        return False
    return _is_scalar(seen) or isinstance(seen, WHOLE)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _is_toleration(value: Any) -> bool:
    """A toleration in a workload's template, which is kept as plain JSON."""
    return isinstance(value, dict) and all(_is_scalar(v) for v in value.values())

"""Fits a patch to what earlier steps of a plan left of its object.

Two findings may add to one list, or remove two entries of it. Each fix was written against
the object as it was read; the second one's ``test``, its indices, and an ``add`` of a list
that is no longer absent follow what the first one did.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jsonpointer
import msgspec

from efadoctor.model.edits import joined, plain
from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.fix import (
    ChartValues,
    Command,
    Edit,
    Operation,
    Patch,
    Recreation,
    SourceChange,
)
from efadoctor.model.snapshot import Snapshot

_NOTHING: Any = msgspec.UNSET

_NAMES = frozenset({"name", "key"})
"""The fields by which the entries of a list are told apart."""


def rebased(edit: Edit, as_read: Snapshot, now: Snapshot) -> Edit:
    """The edit as it must be after earlier steps; itself where they left its object alone.

    Raises InvalidPatchError where an earlier step set the same field to something else.
    """
    if isinstance(edit, Command):
        effect = tuple(rebased(e, as_read, now) for e in edit.effect)
        return msgspec.structs.replace(edit, effect=effect)
    if not isinstance(edit, Patch | Recreation | ChartValues | SourceChange):
        return edit
    seen, present = as_read.find(edit.target), now.find(edit.target)
    if seen is None or present is None or seen == present:
        return edit
    was, wire = plain(seen), plain(present)
    operations = _Rebase(was, wire).operations(edit.operations)
    if isinstance(edit, ChartValues):
        values = {k: _with_added(v, edit.operations, was, wire) for k, v in edit.values.items()}
        return msgspec.structs.replace(edit, operations=operations, values=values)
    return msgspec.structs.replace(edit, operations=operations)


def does_nothing(edit: Edit) -> bool:
    """Whether earlier steps have already done what a patch would do."""
    if isinstance(edit, Patch | ChartValues | SourceChange):
        return all(o.op == "test" for o in edit.operations)
    return False


class _Rebase:
    """One object: as it was read, and as earlier steps left it."""

    def __init__(self, was: Any, now: Any) -> None:
        self.was, self.now = was, now
        self.moved: dict[str, str] = {}
        self.gone: set[str] = set()

    def operations(self, operations: Sequence[Operation]) -> tuple[Operation, ...]:
        found: list[Operation] = []
        for operation in operations:
            found.extend(self._test(operation) if operation.op == "test" else self._edit(operation))
        return joined(*found)

    def _test(self, operation: Operation) -> list[Operation]:
        value = plain(operation.value)
        path = self._move(operation.path)
        present = _at(self.now, path)
        if present == value:
            return [msgspec.structs.replace(operation, path=path)]
        if path != operation.path:
            return [operation]
        parent, _, last = path.rpartition("/")
        siblings = _at(self.now, parent)
        if last.isdigit() and isinstance(siblings, list) and value in siblings:
            self.moved[path] = f"{parent}/{siblings.index(value)}"
            return [msgspec.structs.replace(operation, path=self.moved[path])]
        if last in _NAMES and parent.rpartition("/")[2].isdigit():
            return self._name_test(operation, parent, last, value)
        if _at(self.was, path) != value:
            return [operation]
        if last.isdigit() or present is _NOTHING:
            self.gone.add(path)
            return []
        return [msgspec.structs.replace(operation, value=present)]

    def _name_test(
        self, operation: Operation, entry: str, field: str, name: Any
    ) -> list[Operation]:
        """A ``test`` of the name of a list's entry, which may be at another index now, or gone."""
        of_list = entry.rpartition("/")[0]
        entries = _at(self.now, of_list)
        present = entries if isinstance(entries, list) else []
        names = [e.get(field) if isinstance(e, dict) else None for e in present]
        if name in names:
            self.moved[entry] = f"{of_list}/{names.index(name)}"
            return [msgspec.structs.replace(operation, path=f"{self.moved[entry]}/{field}")]
        if _at(self.was, operation.path) != name:
            return [operation]
        self.gone.add(entry)
        return []

    def _edit(self, operation: Operation) -> list[Operation]:
        path = self._move(operation.path)
        value = None if operation.op == "remove" else plain(operation.value)
        parent, _, last = path.rpartition("/")
        siblings = _at(self.now, parent)
        if (
            operation.op == "add"
            and last == "-"
            and isinstance(siblings, list)
            and value in siblings
        ):
            return []
        if path in self.gone:
            return self._of_gone(operation, siblings)
        if any(path.startswith(f"{entry}/") for entry in self.gone):
            raise InvalidPatchError(f"an earlier fix removes what {operation.path} is part of")
        before, present = _at(self.was, operation.path), _at(self.now, path)
        if last == "-" or before == present or path != operation.path:
            return [msgspec.structs.replace(operation, path=path)]
        if operation.op == "remove":
            return [operation]
        if present == value:
            return []
        return self._merged(operation, path, value, present)

    def _of_gone(self, operation: Operation, siblings: Any) -> list[Operation]:
        """An entry or field that an earlier step took away, or put another in the place of."""
        there = isinstance(siblings, list) and operation.op != "remove"
        if operation.op == "remove" or (there and plain(operation.value) in siblings):
            return []
        raise InvalidPatchError(f"an earlier fix removes or changes {operation.path}")

    def _merged(self, operation: Operation, path: str, value: Any, present: Any) -> list[Operation]:
        """A list or mapping that was absent when read, and that an earlier step has made."""
        if operation.op == "add" and isinstance(value, list) and isinstance(present, list):
            missing = [v for v in value if v not in present]
            return [Operation(op="add", path=f"{path}/-", value=v) for v in missing]
        if operation.op == "add" and isinstance(value, dict) and isinstance(present, dict):
            new = {k: v for k, v in value.items() if present.get(k) != v}
            if not any(k in present for k in new):
                return [
                    Operation(op="add", path=f"{path}/{jsonpointer.escape(k)}", value=v)
                    for k, v in new.items()
                ]
        raise InvalidPatchError(f"an earlier fix sets {path} to something else")

    def _move(self, path: str) -> str:
        for old, new in self.moved.items():
            if path == old or path.startswith(f"{old}/"):
                return new + path[len(old) :]
        return path


def _with_added(value: Any, operations: Sequence[Operation], was: Any, now: Any) -> Any:
    """A chart's list with the entries that earlier steps added to the object's."""
    value = plain(value)
    if not isinstance(value, list):
        return value
    for operation in operations:
        parent, _, last = operation.path.rpartition("/")
        if operation.op == "add" and last == "-" and plain(operation.value) in value:
            before, present = _at(was, parent), _at(now, parent)
            old = before if isinstance(before, list) else []
            if isinstance(present, list):
                value += [v for v in present if v not in old and v not in value]
    return value


def _at(wire: Any, path: str) -> Any:
    try:
        return jsonpointer.resolve_pointer(wire, path, _NOTHING)
    except (jsonpointer.JsonPointerException, TypeError):
        return _NOTHING

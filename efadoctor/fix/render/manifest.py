"""A patched object as YAML: only what the patch touches, as it will be; and as a diff."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from efadoctor.bundle.yaml_writing import as_yaml
from efadoctor.fix.apply import patched_view
from efadoctor.model.edits import plain
from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.fix import Creation, Edit, Operation, Patch, Recreation, SourceChange
from efadoctor.model.reference import ObjectRef
from efadoctor.model.snapshot import Snapshot


def manifest(snapshot: Snapshot, edits: Sequence[Edit]) -> str | None:
    """The touched part of each patched object after its patch, as YAML documents.

    None where nothing is patched or created, or where a patch does not fit.
    """
    touched: list[Any] = []
    for edit in edits:
        if isinstance(edit, Creation):
            touched.append(plain(edit.body))
        elif isinstance(edit, Patch | Recreation | SourceChange):
            after = _excerpts(snapshot, edit.target, edit.operations)[1]
            if after is not None and after not in touched:
                touched.append(after)
    return "---\n".join(map(_yaml, touched)) or None


def unified_diff(snapshot: Snapshot, edit: Edit) -> str:
    """What a patch changes, as a unified diff of YAML; "" where nothing is patched."""
    if isinstance(edit, Creation):
        before, after, name = "", _yaml(edit.body), "new"
    elif isinstance(edit, Patch | Recreation | SourceChange):
        old, new = _excerpts(snapshot, edit.target, edit.operations)
        if new is None:
            return ""
        before, after, name = _yaml(old), _yaml(new), str(edit.target)
    else:
        return ""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(lines)


def _excerpts(
    snapshot: Snapshot, target: ObjectRef, operations: Sequence[Operation]
) -> tuple[Any, Any]:
    """The touched part of an object before and after; None where the patch does not fit."""
    view = snapshot.find(target)
    if view is None:
        return None, None
    try:
        new = patched_view(view, operations)
    except InvalidPatchError:
        return None, None
    pointers = [o.path for o in operations if o.op != "test"]
    return _excerpt(target, plain(view), pointers), _excerpt(target, plain(new), pointers)


def _excerpt(target: ObjectRef, wire: Any, pointers: Sequence[str]) -> dict[str, Any]:
    """Identity, and the fields that the pointers lead to; a list that gains or loses is whole."""
    metadata = {"name": target.name}
    if target.namespace:
        metadata["namespace"] = target.namespace
    found: dict[str, Any] = {
        "apiVersion": target.api_version,
        "kind": target.kind,
        "metadata": metadata,
    }
    for pointer in pointers:
        steps = [s.replace("~1", "/").replace("~0", "~") for s in pointer.split("/")[1:]]
        of_list = bool(steps) and (steps[-1] == "-" or steps[-1].isdigit())
        _copy(wire, found, steps[:-1] if of_list else steps, absent=[] if of_list else None)
    return found


def _copy(source: Any, into: dict[str, Any], steps: Sequence[str], absent: Any = None) -> None:
    """Copy what lies at the end of the steps. Entries of lists are kept with their names.

    ``absent`` stands for a list that is not there: one that has lost its last entry.
    """
    here, there = source, into
    for depth, step in enumerate(steps):
        last = depth == len(steps) - 1
        if not isinstance(here, Mapping) or step not in here:
            if last and absent is not None:
                there[step] = absent
            return
        here = here[step]
        if last or isinstance(here, list):
            rest = steps[depth + 1 :]
            there[step] = _entry(here, there.get(step), rest) if rest else here
            return
        there = there.setdefault(step, {})


def _entry(entries: Any, kept: Any, steps: Sequence[str]) -> Any:
    """One entry of a list, as a list: its name and the field that the steps lead to."""
    index = int(steps[0]) if steps[0].isdigit() else -1
    if not isinstance(entries, list) or not 0 <= index < len(entries):
        return entries
    entry = entries[index]
    if not isinstance(entry, Mapping) or "name" not in entry:
        return entries
    others = kept if isinstance(kept, list) else []
    mine = next((e for e in others if e.get("name") == entry["name"]), None)
    if mine is None:
        mine = {"name": entry["name"]}
        others = [*others, mine]
    _copy(entry, mine, steps[1:])
    return others


def _yaml(document: Any) -> str:
    return as_yaml(plain(document), width=120)

"""Edits of a pod spec, wherever it is: in a pod, in an owner's template, in a DaemonSet's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from efadoctor.model.edits import Where, appending, joined, plain, removing, setting
from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.fieldpath import FieldPath, Step
from efadoctor.model.fix import Operation
from efadoctor.model.kubernetes import KubernetesObject, PodSpec


class Setting(msgspec.Struct, frozen=True):
    """Set the field at this path of a pod spec (``nodeSelector.pool``, not ``spec.…``)."""

    path: Where
    value: Any


class Appending(msgspec.Struct, frozen=True):
    """Add an item at the end of the list at this path of a pod spec."""

    path: Where
    item: Any


class Removing(msgspec.Struct, frozen=True):
    """Remove the field or list entry at this path of a pod spec."""

    path: Where


SpecEdit = Setting | Appending | Removing


def operations_on(
    view: KubernetesObject,
    root: FieldPath,
    spec: PodSpec,
    seen: PodSpec,
    edits: tuple[SpecEdit, ...],
) -> tuple[Operation, ...]:
    """The edits as operations on the spec that a view has at ``root``.

    Their indices are those of ``seen``, which may be the spec itself. Raises
    InvalidPatchError where an entry has no counterpart.
    """
    found: list[tuple[Operation, ...]] = []
    for edit in edits:
        path = FieldPath.parse(edit.path) if isinstance(edit.path, str) else edit.path
        at = FieldPath((*root.steps, *_relocated(path, seen, spec)))
        found.append(_operation(view, at, edit))
    return joined(*found)


def _operation(view: KubernetesObject, at: FieldPath, edit: SpecEdit) -> tuple[Operation, ...]:
    match edit:
        case Setting(value=value):
            return setting(view, at, value)
        case Appending(item=item):
            return appending(view, at, item)
        case Removing():
            return removing(view, at)


def _relocated(path: FieldPath, seen: PodSpec, spec: PodSpec) -> tuple[Step, ...]:
    """The path's steps in another spec: list entries are found by name, else by equality.

    A pod holds what admission added to its template: tolerations, sidecars, volumes.
    Raises InvalidPatchError where an entry has no counterpart.
    """
    if spec is seen:
        return path.steps
    steps: list[Step] = []
    for depth, step in enumerate(path.steps):
        if not isinstance(step, int):
            steps.append(step)
            continue
        try:
            entry = FieldPath(path.steps[: depth + 1]).resolve(seen)
            candidates = FieldPath(tuple(steps)).resolve(spec)
        except (LookupError, IndexError):
            raise InvalidPatchError(f"{path}: no such entry in the pod template") from None
        same = _same_name(entry) if getattr(entry, "name", "") else _equal(entry)
        index = next((i for i, c in enumerate(candidates) if same(c)), None)
        if index is None:
            raise InvalidPatchError(f"{path}: no such entry in the pod template")
        steps.append(index)
    return tuple(steps)


def _same_name(entry: Any) -> Callable[[Any], bool]:
    return lambda other: getattr(other, "name", None) == entry.name


def _equal(entry: Any) -> Callable[[Any], bool]:
    wire = plain(entry)
    return lambda other: bool(plain(other) == wire)

"""Carries out one edit on a copy of the snapshot, as the API server would.

Operations follow RFC 6902 (https://www.rfc-editor.org/rfc/rfc6902) by the ``jsonpatch``
library, on the wire form of the view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jsonpatch
import jsonpointer
import msgspec

from efadoctor.fix.aws_effects import effect_of
from efadoctor.fix.change import Change
from efadoctor.model.edits import plain
from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.facts import kubernetes_source
from efadoctor.model.fix import (
    AwsCall,
    ChartValues,
    Command,
    Creation,
    Deletion,
    Edit,
    Operation,
    Patch,
    Recreation,
    SourceChange,
)
from efadoctor.model.kubernetes import Pod, PodStatus, Workload
from efadoctor.model.reference import ObjectRef, reference
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.workloads import owned_pods


def apply(snapshot: Snapshot, edit: Edit) -> Change:
    """The copy in which one edit was made, before anything follows from it.

    Raises InvalidPatchError where the object is not there or not as the edit saw it.
    """
    match edit:
        case Patch(target=target, operations=operations):
            return _patched(snapshot, target, operations)
        case ChartValues(target=target, operations=operations):
            return _patched(snapshot, target, operations)
        case SourceChange(target=target, operations=operations):
            return _patched(snapshot, target, operations)
        case Recreation(target=target, operations=operations):
            return _recreated(snapshot, target, operations)
        case Deletion(target=target):
            return Change.of(snapshot, removed=(_found(snapshot, target),))
        case Creation(body=body):
            return _created(snapshot, body)
        case AwsCall():
            return effect_of(snapshot, edit)
        case Command(effect=effect):
            return apply_all(snapshot, effect)


def apply_all(snapshot: Snapshot, edits: Sequence[Edit]) -> Change:
    """Several edits one after another, as one change."""
    change = Change.of(snapshot)
    for edit in edits:
        change = change.then(apply(change.after, edit))
    return change


def changes_something(edit: Edit) -> bool:
    """Whether a trial can show what an edit does."""
    match edit:
        case Command(effect=effect):
            return bool(effect)
        case ChartValues(operations=operations):
            return bool(operations)
        case _:
            return True


def patched_view(view: Any, operations: Sequence[Operation]) -> Any:
    """A view with a patch applied. Raises InvalidPatchError, which says what did not fit."""
    body = [plain(o) for o in operations]
    name = reference(view).short
    try:
        result = jsonpatch.JsonPatch(body).apply(plain(view), in_place=True)
        return msgspec.convert(result, type(view))
    except jsonpatch.JsonPatchTestFailed:
        failed = _failing_test(view, operations)
        raise InvalidPatchError(f"{name}: {failed} is not as it was read") from None
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise InvalidPatchError(f"{name}: {error}") from None
    except (msgspec.ValidationError, TypeError, KeyError, IndexError) as error:
        raise InvalidPatchError(f"{name} would not be valid: {error}") from None


def _failing_test(view: Any, operations: Sequence[Operation]) -> str:
    wire = plain(view)
    for operation in operations:
        if operation.op == "test":
            seen = jsonpointer.resolve_pointer(wire, operation.path, msgspec.UNSET)
            if seen != plain(operation.value):
                return operation.path
    return "a value"


def _found(snapshot: Snapshot, target: ObjectRef) -> Any:
    view = snapshot.find(target)
    if view is None:
        raise InvalidPatchError(f"{target} is not in the snapshot")
    return view


def _patched(snapshot: Snapshot, target: ObjectRef, operations: Sequence[Operation]) -> Change:
    view = patched_view(_found(snapshot, target), operations)
    return Change.of(snapshot, replaced=(view,))


def _recreated(snapshot: Snapshot, target: ObjectRef, operations: Sequence[Operation]) -> Change:
    """A pod made anew waits for a node; a workload made anew loses its pods first."""
    view = patched_view(_found(snapshot, target), operations)
    if isinstance(view, Pod):
        spec = msgspec.structs.replace(view.spec, node_name="")
        fresh = msgspec.structs.replace(view, spec=spec, status=PodStatus(phase="Pending"))
        return Change.of(snapshot, replaced=(fresh,))
    pods = owned_pods(snapshot, target) if isinstance(view, Workload) else ()
    return Change.of(snapshot, replaced=(view,), removed=pods)


def _created(snapshot: Snapshot, body: Mapping[str, Any]) -> Change:
    """A new object, with a uid of its own, by which its pods will name it."""
    api_version, kind = str(body.get("apiVersion", "")), str(body.get("kind", ""))
    source = kubernetes_source(api_version.rpartition("/")[0], kind)
    if source is None:
        raise InvalidPatchError(f"a {kind or 'thing'} is of no kind that a trial knows")
    try:
        view = msgspec.convert(plain(body), source.type)
    except msgspec.ValidationError as error:
        raise InvalidPatchError(f"the new {kind} would not be valid: {error}") from None
    name = str(reference(view))
    metadata = msgspec.structs.replace(view.metadata, uid=view.metadata.uid or f"made/{name}")
    return Change.of(snapshot, replaced=(msgspec.structs.replace(view, metadata=metadata),))

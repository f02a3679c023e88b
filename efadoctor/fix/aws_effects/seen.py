"""What every effect needs: the thing that a call names, and the nodes of instances."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from efadoctor.fix.change import Change
from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.kubernetes import Node
from efadoctor.model.snapshot import Snapshot

View = TypeVar("View")
Parameters = Mapping[str, Any]
Effect = Callable[[Snapshot, Parameters], Change]
"""From the snapshot and a call's parameters to what the call changes."""


def seen(snapshot: Snapshot, type_: type[View], name: object) -> View:
    """The view of that name. Raises InvalidPatchError where it was not seen."""
    view = snapshot.get(type_, str(name))
    if view is None:
        raise InvalidPatchError(f"{name or type_.__name__} was not seen")
    return view


def nodes_ended(snapshot: Snapshot, instances: Collection[str]) -> Change:
    """The copy without the nodes of instances that are terminated."""
    nodes = snapshot.all(Node)
    gone = tuple(n for n in nodes if n.spec.provider_id.rsplit("/", 1)[-1] in instances)
    return Change.of(snapshot, removed=gone)

"""What the filters have in common: what they are asked, and what they answer."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.version import ServerVersion
from efadoctor.scheduling.index import ClusterIndex
from efadoctor.scheduling.node_states import NodeState
from efadoctor.scheduling.refusals import Plugin, Refusal


class Incoming(msgspec.Struct, frozen=True):
    """The pod that is judged, in the cluster that it would join."""

    pod: Pod
    requests: Mapping[str, int]
    index: ClusterIndex

    @property
    def snapshot(self) -> Snapshot:
        return self.index.snapshot

    @property
    def version(self) -> ServerVersion:
        return self.snapshot.server_version

    @property
    def namespace(self) -> str:
        return self.pod.metadata.namespace


class Filter(Protocol):
    """One plugin, prepared for one pod.

    ``sees`` is all of a node that decides the answer: nodes of which it sees the same are
    refused alike. ``refusals`` are all the facts against a node, none where it will do, the
    one first that the scheduler would name.
    """

    def sees(self, state: NodeState) -> Hashable: ...

    def refusals(self, state: NodeState) -> tuple[Refusal, ...]: ...


class Prepared(msgspec.Struct, frozen=True):
    """The outcome of a PreFilter: a filter, a set of names to choose from, or a rejection.

    ``unread`` are the types of which objects would have been needed, and were not read.
    """

    filter: Filter | None = None
    narrowed_to: frozenset[str] | None = None
    rejection: Refusal | None = None
    unread: tuple[type[Any], ...] = ()


SKIP = Prepared()
"""The plugin has nothing to do with this pod."""


class Step(msgspec.Struct, frozen=True):
    """One plugin: how it is prepared, and which of its refusals' reasons it writes."""

    plugin: Plugin
    prepare: Callable[[Incoming], Prepared]
    says: Callable[[Sequence[Refusal]], tuple[str, ...]]


def first_reason(refusals: Sequence[Refusal]) -> tuple[str, ...]:
    """A plugin that stops at the first thing it finds writes one reason."""
    return (refusals[0].reason,)


def every_reason(refusals: Sequence[Refusal]) -> tuple[str, ...]:
    """A plugin that looks at everything writes each reason once."""
    return tuple(dict.fromkeys(refusal.reason for refusal in refusals))


def projected(node: Node, keys: Iterable[str]) -> tuple[str | None, ...]:
    """A node's values of these labels."""
    labels = node.metadata.labels
    return tuple(labels.get(key) for key in keys)

"""The bound pods by namespace and labels, which is all that selectors can tell apart."""

from typing import Any

import msgspec

from efadoctor.scheduling.index import ClusterIndex, metadata_of
from efadoctor.scheduling.selectors import Labels


class Crowd(msgspec.Struct, frozen=True):
    """Bound pods of one namespace with the same labels: their rows by node."""

    namespace: str
    labels: Labels
    terminating: bool
    rows: dict[str, list[int]]


def crowds(index: ClusterIndex) -> tuple[Crowd, ...]:
    """The crowds on the nodes of an index, gathered on first use."""
    return index.once(_crowds)


def _crowds(index: ClusterIndex) -> tuple[Crowd, ...]:
    found: dict[Any, Crowd] = {}
    rows = index.bound.rows
    for state in index.nodes.values():
        for number in state.rows:
            row = rows[number]
            if isinstance(row, dict):
                labels = metadata_of(row).get("labels") or {}
                terminating = metadata_of(row).get("deletionTimestamp") is not None
            else:
                labels = row.metadata.labels
                terminating = row.metadata.deletion_timestamp is not None
            namespace = index.namespace_of(number)
            try:
                key = (namespace, terminating, *labels.items())
                crowd = found.get(key)
            except (TypeError, AttributeError):  # labels that are no texts label nothing
                key, labels = (namespace, terminating), {}
                crowd = found.get(key)
            if crowd is None:
                texts = {k: v for k, v in labels.items() if isinstance(v, str)}
                crowd = found[key] = Crowd(namespace, texts, terminating, {})
            crowd.rows.setdefault(state.name, []).append(number)
    return tuple(found.values())

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
    if index.added is None:
        for state in index.nodes.values():
            for number in state.rows:
                _join(found, index, state.name, number)
        return tuple(found.values())
    base, node, rows = index.added
    for number in rows:
        _join(found, index, node, number)
    more = {key: crowd.rows[node] for key, crowd in found.items()}
    for crowd in crowds(base):
        key = (crowd.namespace, crowd.terminating, *crowd.labels.items())
        found[key] = _joined(crowd, node, more[key]) if key in more else crowd
    return tuple(found.values())


def _join(found: dict[Any, Crowd], index: ClusterIndex, node: str, number: int) -> None:
    """Counts the pod in this row among those like it."""
    row = index.bound.rows[number]
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
    crowd.rows.setdefault(node, []).append(number)


def _joined(crowd: Crowd, node: str, rows: list[int]) -> Crowd:
    there = [*crowd.rows.get(node, ()), *rows]
    return msgspec.structs.replace(crowd, rows={**crowd.rows, node: there})

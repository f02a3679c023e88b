"""Whether what was not seen is surely not there: of a list read in part, only that part tells."""

from __future__ import annotations

from collections.abc import Iterable

from efadoctor.collect.question import Name, question_of
from efadoctor.collect.request import Request
from efadoctor.model.pod_lists import UNBOUND
from efadoctor.model.snapshot import Snapshot

_PODS = "cluster/pods"
_PENDING = (UNBOUND, "status.phase=Pending")


def unseen_subject(snapshot: Snapshot, subject: str, namespace: str) -> str | None:
    """The source that may hold a subject that was not found; None where there surely is none."""
    question = question_of(Request(subject=subject), namespace)
    looked_in = [(w.source.name, w.name) for w in question.workloads]
    looked_in += [(_PODS, name) for name in question.pods]
    return next((s for s, name in looked_in if not _surely_absent(snapshot, s, name)), None)


def were_pending_pods_read(snapshot: Snapshot, namespace: str | None) -> bool:
    """Whether all pending pods of a namespace, None for all, would have been seen."""
    inside = (f"metadata.namespace={namespace}",) if namespace else ()
    return _was_read(snapshot, _PODS, (*_PENDING, *inside))


def _surely_absent(snapshot: Snapshot, source: str, name: Name) -> bool:
    """A thing that was seen and could not be made out is not absent."""
    of_name = (f"metadata.name={name.name}", f"metadata.namespace={name.namespace}")
    if not _was_read(snapshot, source, of_name):
        return False
    damaged = {g.place for g in snapshot.gaps if g.source == source}
    return not damaged & {name.name, f"{name.namespace}/{name.name}"}


def _was_read(snapshot: Snapshot, source: str, known: Iterable[str]) -> bool:
    """Whether a source was read whole, or in a part that holds all of which so much is known."""
    if snapshot.of_source(source) is None:
        return False
    parts = [p.field_selector.split(",") for p in snapshot.partial if p.source == source]
    return not parts or any(set(terms) <= set(known) for terms in parts)

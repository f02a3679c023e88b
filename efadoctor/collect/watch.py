"""A snapshot that keeps up: collected once, then changed as the cluster changes.

Watches, not polling. Small changes are put into the snapshot that is there; where nodes come
or go, or changes may have been missed, everything in question is read anew, AWS included.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from efadoctor.collect.deadline import Deadline
from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.kube.access import Access
from efadoctor.collect.kube.connection import Connection
from efadoctor.collect.kube.reads import KUBERNETES_READS, Verb, path_of
from efadoctor.collect.kube.refusal import FORBIDDEN, NOT_FOUND
from efadoctor.collect.kube.stream import Change, Stream, WatchEvent
from efadoctor.collect.live import collect
from efadoctor.collect.question import Question, question_of
from efadoctor.collect.request import Observer, Request, silent
from efadoctor.model.facts import KubernetesSource
from efadoctor.model.karpenter import NodeClaim
from efadoctor.model.kubernetes import KubernetesObject, Node, Pod
from efadoctor.model.reference import reference
from efadoctor.model.snapshot import Snapshot

SETTLE = 0.5
"""Seconds of quiet after a change: things change in bursts, and one answer is enough."""
SETTLE_AT_MOST = 3.0

UNWATCHED = 60.0
"""Seconds between readings where a watch is refused and only reading is allowed."""


def watch(
    request: Request,
    on_change: Callable[[Snapshot], None],
    progress: Observer = silent,
    stop: threading.Event | None = None,
) -> None:
    """Calls ``on_change`` with a snapshot at once, and then whenever something has changed.

    Returns when the pod that is asked about has been bound or is gone, or when ``stop`` is
    set. Raises what ``collect`` raises.
    """
    stop = stop or threading.Event()
    endless = Deadline(float("inf"))
    access = Access(request, endless)
    question = question_of(request, access.target.namespace)
    connection = Connection(access, endless, request.request_timeout)
    events: queue.SimpleQueue[WatchEvent] = queue.SimpleQueue()
    done = threading.Event()
    try:
        watched = _start(connection, question, events, done)
        _follow(_Following(request, question, progress), on_change, events, stop, watched=watched)
    finally:
        done.set()
        access.pool.clear()


def _start(
    connection: Connection,
    question: Question,
    events: queue.SimpleQueue[WatchEvent],
    done: threading.Event,
) -> bool:
    """Starts the watches, before anything is collected: nothing in between is missed.

    Whether all could be started that there is something to watch for.
    """
    everything = True
    for read in KUBERNETES_READS.values():
        if Verb.WATCH not in read.verbs:
            continue
        try:
            stream = _stream(connection, read.source, question)
        except ReadFailureError as failure:
            # a kind that is not served does not change
            everything = everything and failure.http_status == NOT_FOUND
            continue

        def run(stream: Stream = stream) -> None:
            for event in stream.events(done):
                events.put(event)

        threading.Thread(target=run, daemon=True, name=f"watch-{read.source.plural}").start()
    return everything


def _stream(connection: Connection, source: KubernetesSource, question: Question) -> Stream:
    """A watch of the whole cluster; of one namespace where no more is allowed."""
    stream = Stream(connection, source, path_of(source, source.version))
    try:
        stream.start()
    except ReadFailureError as failure:
        if failure.http_status != FORBIDDEN or not (source.namespaced and question.namespace):
            raise
        stream = Stream(connection, source, path_of(source, source.version, question.namespace))
        stream.start()
    return stream


class _Following:
    """The present snapshot, and what an event makes of it."""

    def __init__(self, request: Request, question: Question, progress: Observer) -> None:
        self._request = request
        self._question = question
        self._progress = progress
        self.snapshot = collect(request, progress)

    def again(self) -> None:
        self.snapshot = collect(self._request, self._progress)

    def take(self, events: Iterable[WatchEvent]) -> bool:
        """Makes the snapshot as the events say; whether anything in it is different now."""
        changed, anew = False, False
        for event in events:
            old = self._old(event)
            if event.change is Change.EXPIRED or self._is_structural(event, old):
                anew = True
            elif event.change is not Change.REFUSED and self._matters(event, old):
                changed = self._apply(event, old) or changed
        if anew:
            self.again()
        return changed or anew

    def _old(self, event: WatchEvent) -> KubernetesObject | None:
        if event.view is None:
            return None
        meta = event.view.metadata
        found = self.snapshot.get(event.source.type, meta.name, meta.namespace)
        return found if isinstance(found, KubernetesObject) else None

    @staticmethod
    def _is_structural(event: WatchEvent, old: KubernetesObject | None) -> bool:
        """Whether a node, or what will be one, has come or gone."""
        if event.source.type not in (Node, NodeClaim):
            return False
        return (event.change is Change.DELETED) == (old is not None)

    def _matters(self, event: WatchEvent, old: KubernetesObject | None) -> bool:
        """Pods that were not read do not matter, unless they are news about those that do."""
        if event.source.type is not Pod or old is not None:
            return old is not None or event.change is not Change.DELETED
        if self.snapshot.was_read_whole(Pod):
            return True
        nodes = {p.spec.node_name for p in self.snapshot.all(Pod)}
        return event.view.spec.node_name in nodes or self._is_asked_about(event.view)

    def _is_asked_about(self, pod: Pod) -> bool:
        names = {(n.namespace, n.name) for n in self._question.pods}
        if (pod.metadata.namespace, pod.metadata.name) in names:
            return True
        owners = {o.name for o in pod.metadata.owner_references}
        if any(w.name.name in owners for w in self._question.workloads):
            return True
        return self._question.is_open and not pod.spec.node_name

    def _apply(self, event: WatchEvent, old: KubernetesObject | None) -> bool:
        if event.change is Change.DELETED:
            if old is not None:
                self.snapshot = self.snapshot.without(reference(old))
            return old is not None
        if old is not None and (_is_older(event.view, old) or _alike(event.view, old)):
            return False
        self.snapshot = self.snapshot.replacing(event.view)
        return True

    def is_over(self) -> bool:
        """Whether every pod that was asked for by name is bound, or gone."""
        names = self._question.pods
        if not names or self._question.workloads or not self.snapshot.was_read(Pod):
            return False
        found = [self.snapshot.get(Pod, n.name, n.namespace) for n in names]
        return all(p is None or p.spec.node_name for p in found)


def _is_older(new: KubernetesObject, old: KubernetesObject) -> bool:
    """Whether an event tells of a time before the reading."""
    versions = (new.metadata.resource_version, old.metadata.resource_version)
    return all(v.isdigit() for v in versions) and int(versions[0]) < int(versions[1])


def _alike(new: Any, old: Any) -> bool:
    """Whether two states of an object differ in nothing that is kept but their version."""

    def timeless(thing: Any) -> Any:
        meta = msgspec.structs.replace(thing.metadata, resource_version="", generation=0)
        return msgspec.structs.replace(thing, metadata=meta)

    return bool(timeless(new) == timeless(old))


def _follow(
    following: _Following,
    on_change: Callable[[Snapshot], None],
    events: queue.SimpleQueue[WatchEvent],
    stop: threading.Event,
    *,
    watched: bool,
) -> None:
    on_change(following.snapshot)
    due = time.monotonic() + UNWATCHED
    while not stop.is_set() and not following.is_over():
        batch = _batch(events, stop)
        if any(e.change is Change.REFUSED for e in batch):
            watched = False
        changed = following.take(batch) if batch else False
        if not watched and time.monotonic() >= due:
            following.again()
            due, changed = time.monotonic() + UNWATCHED, True
        if changed:
            on_change(following.snapshot)


def _batch(events: queue.SimpleQueue[WatchEvent], stop: threading.Event) -> list[WatchEvent]:
    """What happens until it is quiet for a moment; nothing where nothing happens for a while."""
    batch: list[WatchEvent] = []
    end = 0.0
    while not stop.is_set():
        try:
            batch.append(events.get(timeout=SETTLE))
        except queue.Empty:
            break
        end = end or time.monotonic() + SETTLE_AT_MOST
        if time.monotonic() > end:
            break
    return batch


__all__ = ["watch"]

"""How snapshots come in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue
from threading import Event, Thread

from efadoctor.model.snapshot import Snapshot
from efadoctor.tui.work.background import AbandonedError

_SECONDS_BETWEEN_LOOKS = 0.5


class Tell:
    """Called with a source and how many objects of it have been read so far.

    Raises AbandonedError where nobody wants to know any more.
    """

    def __init__(self, post: Callable[[str, int], object], is_wanted: Callable[[], bool]) -> None:
        self._post = post
        self.is_wanted = is_wanted

    def __call__(self, source: str, objects: int) -> None:
        if not self.is_wanted():
            raise AbandonedError
        self._post(source, objects)


Read = Callable[[Tell], Iterable[Snapshot]]
"""Reads; yields a snapshot, and another whenever something has changed."""

Follow = Callable[[Callable[[Snapshot], None], Tell, Event], None]
"""Follows a cluster: calls the function with each snapshot, until the event is set."""


def followed(follow: Follow) -> Read:
    """Reads by following; of snapshots that come in faster than they are taken, the newest."""

    def read(tell: Tell) -> Iterator[Snapshot]:
        arrived: SimpleQueue[Snapshot | Exception | None] = SimpleQueue()
        stop = Event()

        def run() -> None:
            try:
                follow(arrived.put, tell, stop)
                arrived.put(None)
            except Exception as error:  # noqa: BLE001  (raised where it is waited for)
                arrived.put(error)

        Thread(target=run, name="efadoctor-follow", daemon=True).start()
        try:
            yield from _newest(arrived, tell)
        finally:
            stop.set()

    return read


def _newest(arrived: SimpleQueue[Snapshot | Exception | None], tell: Tell) -> Iterator[Snapshot]:
    while tell.is_wanted():
        try:
            waiting = [arrived.get(timeout=_SECONDS_BETWEEN_LOOKS)]
        except Empty:
            continue
        while not arrived.empty():
            waiting.append(arrived.get())
        snapshots = [thing for thing in waiting if isinstance(thing, Snapshot)]
        yield from snapshots[-1:]
        last = waiting[-1]
        if isinstance(last, Exception):
            raise last
        if last is None:
            return

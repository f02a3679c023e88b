"""One watch: the changes of one list as they happen, resumed wherever it breaks off.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from enum import Enum
from typing import Any

import msgspec

from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.kube.connection import Connection, InterruptedReadError, Query
from efadoctor.collect.kube.listing import GONE, object_of
from efadoctor.model.facts import KubernetesSource

SERVER_TIMEOUT = 300
"""Seconds after which the server ends a watch in good order; it is then resumed."""

_LONGEST_PAUSE = 30.0
_REFUSED = (401, 403, 404, 405)


class Change(Enum):
    """What happened. EXPIRED: changes may have been missed; REFUSED: there will be none."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    EXPIRED = "EXPIRED"
    REFUSED = "REFUSED"


class WatchEvent(msgspec.Struct, frozen=True):
    """One change of one source; ``view`` is the object as it is now, or was last."""

    source: KubernetesSource
    change: Change
    view: Any = None


class _Line(msgspec.Struct, frozen=True):
    type: str = ""
    object: msgspec.Raw = msgspec.Raw(b"null")


class _Meta(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""


class _Marked(msgspec.Struct, frozen=True, rename="camel"):
    """What a bookmark and an error have of use to us."""

    metadata: _Meta = _Meta()
    code: int = 0


_LINE = msgspec.json.Decoder(_Line)
_MARKED = msgspec.json.Decoder(_Marked)


class Stream:
    """The changes of a list from one resource version on."""

    def __init__(
        self, connection: Connection, source: KubernetesSource, path: str, query: Query = ()
    ) -> None:
        self.source = source
        self._connection = connection
        self._path = path
        self._query = query
        self._version = ""
        self._expired = False

    def start(self) -> None:
        """Finds the version to begin at. Raises ReadFailureError."""
        answer = self._connection.get(self._path, (*self._query, ("limit", "1")))
        try:
            self._version = _MARKED.decode(answer.body).metadata.resource_version
        except msgspec.DecodeError as error:
            raise ReadFailureError(f"the answer is damaged: {error}") from None

    def events(self, stop: threading.Event) -> Generator[WatchEvent, None, None]:
        """Changes for as long as nobody stops it; the last one is REFUSED where it is."""
        pause = 0.5
        while not stop.is_set():
            try:
                if self._expired:
                    self.start()
                    self._expired = False
                    yield WatchEvent(self.source, Change.EXPIRED)
                for event in self._once():
                    pause = 0.5
                    yield event
            except ReadFailureError as failure:
                if failure.http_status == GONE and not self._expired:
                    # too much has happened since: begins anew at the list's present version
                    self._expired = True
                    continue
                if failure.http_status in _REFUSED:
                    yield WatchEvent(self.source, Change.REFUSED)
                    return
                stop.wait(pause)
                pause = min(_LONGEST_PAUSE, 2 * pause)

    def _once(self) -> Iterator[WatchEvent]:
        query = (
            *self._query,
            ("watch", "1"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", self._version),
            ("timeoutSeconds", str(SERVER_TIMEOUT)),
        )
        try:
            for line in self._connection.lines(self._path, query):
                event = self._event(line)
                if event is not None:
                    yield event
        except InterruptedReadError:
            # quiet for long, or cut off: what follows the last version is still to be had
            return

    def _event(self, line: bytes) -> WatchEvent | None:
        try:
            said = _LINE.decode(line)
            marked = _MARKED.decode(said.object)
        except msgspec.DecodeError:
            return None
        if said.type == "ERROR":
            raise ReadFailureError("the watch ended with an error", http_status=marked.code)
        self._version = marked.metadata.resource_version or self._version
        if said.type not in (Change.ADDED.value, Change.MODIFIED.value, Change.DELETED.value):
            return None
        views = object_of(bytes(said.object), self.source).views
        return WatchEvent(self.source, Change(said.type), views[0]) if views else None

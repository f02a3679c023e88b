"""One watch: the changes of one list as they happen, resumed wherever it breaks off.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator
from enum import Enum
from typing import Any

import msgspec

from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.kube.connection import Connection, InterruptedReadError, Query
from efadoctor.collect.kube.listing import GONE, object_of
from efadoctor.collect.kube.refusal import UNAUTHORIZED
from efadoctor.model.facts import KubernetesSource

SERVER_TIMEOUT = 300
"""Seconds after which the server ends a watch in good order; it is then resumed."""

_PAUSE = 0.5
_LONGEST_PAUSE = 5.0
"""Seconds between two tries: who watches wants to see at once that the server is back."""

_HELD = 10.0
"""Seconds after which a watch that broke off has been one: the next try is a first one again."""

_REFUSED = (401, 403, 404, 405)

_REFUSALS = 6
"""Refusals before one is believed after a watch was allowed, a quarter of a minute: an API server
that has just started refuses everybody until it has read who may do what."""


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
        except (msgspec.DecodeError, RecursionError) as error:
            raise ReadFailureError(f"the answer is damaged: {error}") from None

    def events(self, stop: threading.Event) -> Generator[WatchEvent, None, None]:
        """Changes for as long as nobody stops it; the last one is REFUSED where it is."""
        pause, refusals, allowed = _PAUSE, 0, 1
        while not stop.is_set():
            begun = time.monotonic()
            try:
                if self._expired:
                    self.start()
                    self._expired = False
                    yield WatchEvent(self.source, Change.EXPIRED)
                yield from self._once()
                allowed = _REFUSALS
            except ReadFailureError as failure:
                if failure.http_status == GONE and not self._expired:
                    # too much has happened since: begins anew at the list's present version
                    self._expired = True
                    continue
                refusals += failure.http_status in _REFUSED
                # beginning anew asks for new credentials, too
                self._expired = self._expired or failure.http_status == UNAUTHORIZED
            if refusals >= allowed:
                yield WatchEvent(self.source, Change.REFUSED)
                return
            if time.monotonic() - begun > _HELD:
                pause, refusals = _PAUSE, 0
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
        except (msgspec.DecodeError, RecursionError):
            return None
        if said.type == "ERROR":
            raise ReadFailureError("the watch ended with an error", http_status=marked.code)
        self._version = marked.metadata.resource_version or self._version
        if said.type not in (Change.ADDED.value, Change.MODIFIED.value, Change.DELETED.value):
            return None
        views = object_of(bytes(said.object), self.source).views
        return WatchEvent(self.source, Change(said.type), views[0]) if views else None

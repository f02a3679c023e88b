"""Lists, page by page, straight into typed views.

A page is decoded, stripped of what nobody may see, and forgotten before the next one is
asked for, so memory follows what is kept and not what is sent. ``limit`` binds the server
only without ``resourceVersion``; with ``resourceVersion=0`` it answers from its cache, at
once and unpaged, which suits the pods of one node
(https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec

from efadoctor.bundle.damage import DamageError
from efadoctor.bundle.items import Gaps, views_one_by_one, without_the_deep
from efadoctor.bundle.json_text import Bytes, checked, decode
from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.kube.connection import Answer, Connection, Query
from efadoctor.collect.kube.sharing import Sharing
from efadoctor.collect.redact import Strip, strip_of
from efadoctor.collect.request import Progress
from efadoctor.model.decoding import Decoded
from efadoctor.model.facts import KubernetesSource
from efadoctor.model.inert import is_inert, is_surely_inert
from efadoctor.model.kubernetes import Pod

T = TypeVar("T")

PAGE = 500
"""Objects a page: kubectl's own choice; 10 MB of nodes, 3 MB of pods."""

MAX_OBJECTS = 500_000
"""What is kept of one list: three times the pods of the largest cluster that Kubernetes supports
(https://kubernetes.io/docs/setup/best-practices/cluster-large/). More has no end."""

GONE = 410
Keep = Callable[[Any], bool]
Saw = Callable[[Progress], None]


class ListMeta(msgspec.Struct, frozen=True, rename="camel"):
    continue_: str | None = msgspec.field(default=None, name="continue")
    resource_version: str | None = None


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A list as the API server sends it; its items do not say their kind."""

    metadata: ListMeta | None = None
    items: tuple[T, ...] | None = None


class Listed(msgspec.Struct, frozen=True):
    """All pages of a list: what was kept, and the version at which a watch may go on."""

    decoded: Decoded
    resource_version: str = ""
    date: str = ""


def read_list(
    connection: Connection,
    source: KubernetesSource,
    path: str,
    query: Query = (),
    *,
    keep: Keep | None = None,
    saw: Saw | None = None,
) -> Listed:
    """The objects of a list; ``keep`` decides which of them are worth their memory.

    Raises ReadFailureError. A list that expires while it is read (410) is read on at its
    newest version, which the server offers, or once from the start.
    """
    reading = _Reading(source, keep)
    token, restarts = "", 0
    followed: set[str] = set()
    origin = connection.access.target.host
    if saw is not None:
        saw(Progress(source.name, origin=origin))
    while True:
        paged = query if ("resourceVersion", "0") in query else (*query, ("limit", str(PAGE)))
        try:
            answer = connection.get(path, (*paged, *((("continue", token),) if token else ())))
        except ReadFailureError as failure:
            if failure.http_status != GONE or not token or restarts:
                raise
            token, restarts = "", restarts + 1
            followed.clear()
            reading = _Reading(source, keep)
            continue
        before = reading.seen
        meta = reading.take(answer)
        token = meta.continue_ or ""
        if token in followed:
            raise ReadFailureError("the list has no end: its pages follow each other in a circle")
        followed.add(token)
        if saw is not None:
            new, size = reading.seen - before, len(answer.body)
            saw(Progress(source.name, new, size, done=not token, origin=origin))
        if not token:
            return Listed(reading.decoded(), meta.resource_version or "", reading.date)


def read_object(connection: Connection, source: KubernetesSource, path: str) -> Decoded:
    """One object. Raises ReadFailureError, with ``http_status`` 404 where there is none."""
    return object_of(connection.get(path).body, source)


def object_of(raw: Bytes, source: KubernetesSource) -> Decoded:
    """The view of one object as bytes, or the gap that it leaves."""
    gaps = Gaps(source.name)
    views = views_one_by_one((msgspec.Raw(raw),), source.type, gaps)
    views = without_the_deep(views, source.type, gaps)
    return Decoded(_finished(views, source, strip_of(source)), gaps.told())


class _Reading:
    """One pass over the pages of a list."""

    def __init__(self, source: KubernetesSource, keep: Keep | None) -> None:
        self.seen = 0
        self.date = ""
        self._source = source
        self._keep = keep
        self._strip = strip_of(source)
        self._share = Sharing() if source.type is Pod else None
        self._views: list[Any] = []
        self._gaps = Gaps(source.name)

    def take(self, answer: Answer) -> ListMeta:
        self.date = answer.date or self.date
        try:
            page = self._page(answer.body)
        except DamageError as damage:
            raise ReadFailureError(f"the answer is damaged: {damage}") from None
        views = page.items or ()
        self.seen += len(views)
        if self._keep is not None:
            views = tuple(v for v in views if self._keep(v))
        views = _finished(views, self._source, self._strip)
        if self._share is not None:
            for view in views:
                self._share(view)
        self._views.extend(views)
        if len(self._views) > MAX_OBJECTS:
            raise ReadFailureError(f"the list has no end: {len(self._views)} objects had arrived")
        return page.metadata or ListMeta()

    def _page(self, body: Bytes) -> Page[Any]:
        """The page at once where it is as expected, else object by object."""
        raw = checked(body)
        try:
            page = decode(raw, _decoder(self._source))
            if is_surely_inert(raw) or is_inert(page.items or ()):
                return page
        except msgspec.ValidationError:
            pass
        try:
            loose = decode(raw, _LOOSE)
        except msgspec.ValidationError as error:
            raise DamageError(f"not a list: {error}") from None
        views = views_one_by_one(loose.items or (), self._source.type, self._gaps)
        return Page(metadata=loose.metadata, items=views)

    def decoded(self) -> Decoded:
        views = without_the_deep(tuple(self._views), self._source.type, self._gaps)
        return Decoded(views, self._gaps.told())


def _finished(
    views: tuple[Any, ...], source: KubernetesSource, strip: Strip | None
) -> tuple[Any, ...]:
    """The views with their kind, which items leave out, and without what must not be kept.

    They were made a moment ago and are shared with nobody, so they may still change.
    """
    put = msgspec.structs.force_setattr
    for view in views:
        if not view.kind:
            put(view, "kind", source.kind)
            put(view, "api_version", source.api_version)
        if strip is not None:
            strip(view)
    return views


@cache
def _decoder(source: KubernetesSource) -> msgspec.json.Decoder[Page[Any]]:
    of_views: Any = Page[source.type]  # type: ignore[name-defined]
    return msgspec.json.Decoder(of_views)


_LOOSE = msgspec.json.Decoder(Page[msgspec.Raw])

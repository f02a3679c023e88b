"""What has been read so far, by several threads at once."""

import threading
from typing import Any

import msgspec

from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.request import Observer, Progress, silent
from efadoctor.model.coverage import Gap
from efadoctor.model.decoding import Decoded
from efadoctor.model.snapshot import Partial


class _Pile:
    """The objects of one source, each once."""

    def __init__(self) -> None:
        self.views: list[Any] = []
        self.gaps: list[Gap] = []
        self._keys: set[Any] = set()
        self._parts = 0

    def add(self, decoded: Decoded, *, in_part: bool) -> None:
        self.gaps.extend(decoded.gaps)
        for view in decoded.views:
            key = _key(view)
            if key not in self._keys:
                self._keys.add(key)
                self.views.append(view)
        self._parts += in_part and bool(decoded.views)

    def in_order(self) -> tuple[Any, ...]:
        """As it was sent; by name where parts may have come in any order."""
        return tuple(sorted(self.views, key=_key) if self._parts > 1 else self.views)


def _key(view: Any) -> Any:
    """What two views of one source share only when they are the same thing."""
    meta = getattr(view, "metadata", None)
    if meta is not None:
        return (meta.namespace, meta.name)
    return msgspec.json.encode(view)


class Harvest:
    """Facts, gaps and declared parts. A source that is neither was never asked for."""

    def __init__(self, observe: Observer = silent) -> None:
        self.gaps: list[Gap] = []
        self._piles: dict[str, _Pile] = {}
        self._partial: dict[Partial, None] = {}
        self._arrived: dict[str, Progress] = {}
        self._observe = observe
        self._lock = threading.Lock()

    def add(
        self, source: str, decoded: Decoded, *, part: str | None = None, more: bool = False
    ) -> None:
        """Objects of a source: all of them, or the part that a selector names.

        A whole list takes the place of its parts, unless it is only ``more`` of one that
        takes several requests; of an object that comes twice the first stays.
        """
        with self._lock:
            if part is None and not more:
                self._piles[source] = _Pile()
                self._partial = {p: None for p in self._partial if p.source != source}
            elif part is not None:
                self._partial[Partial(source=source, field_selector=part)] = None
            self._piles.setdefault(source, _Pile()).add(decoded, in_part=part is not None)

    def declare(self, source: str, part: str) -> None:
        """A part of a source that is known to be empty without asking."""
        self.add(source, Decoded(), part=part)

    def fail(self, source: str, failure: ReadFailureError, place: str = "") -> None:
        """A source, or one place of it, that could not be read."""
        with self._lock:
            self.gaps.append(failure.gap(source, place))

    def saw(self, page: Progress) -> None:
        """Tells the observer how much of a source has arrived, with what just has."""
        with self._lock:
            before = self._arrived.get(page.source, Progress(page.source))
            so_far = msgspec.structs.replace(
                page, objects=before.objects + page.objects, bytes=before.bytes + page.bytes
            )
            self._arrived[page.source] = so_far
            self._observe(so_far)

    def views(self, source: str) -> tuple[Any, ...]:
        """The objects of a source so far."""
        with self._lock:
            pile = self._piles.get(source)
            return tuple(pile.views) if pile is not None else ()

    def was_read(self, source: str) -> bool:
        return source in self._piles

    def facts(self) -> dict[str, Decoded]:
        """All of it, in the form a snapshot takes: whatever thread was first, in one order."""
        with self._lock:
            return {n: Decoded(p.in_order(), tuple(p.gaps)) for n, p in self._piles.items()}

    @property
    def partial(self) -> tuple[Partial, ...]:
        return tuple(self._partial)

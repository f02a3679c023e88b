"""What has been read so far, by several threads at once."""

import threading
from typing import Any

from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.request import Observer, Progress, silent
from efadoctor.model.decoding import Decoded
from efadoctor.model.facts import Gap
from efadoctor.model.reference import reference
from efadoctor.model.snapshot import Partial


class _Pile:
    """The objects of one source, each once."""

    def __init__(self) -> None:
        self.views: list[Any] = []
        self.gaps: list[Gap] = []
        self._keys: set[Any] = set()

    def add(self, decoded: Decoded) -> None:
        self.gaps.extend(decoded.gaps)
        for view in decoded.views:
            key = _key(view)
            if key not in self._keys:
                self._keys.add(key)
                self.views.append(view)


def _key(view: Any) -> Any:
    meta = getattr(view, "metadata", None)
    if meta is not None:
        return (meta.namespace, meta.name)
    try:
        return reference(view)
    except TypeError:
        return id(view)


class Harvest:
    """Facts, gaps and declared parts. A source that is neither was never asked for."""

    def __init__(self, observe: Observer = silent) -> None:
        self.gaps: list[Gap] = []
        self._piles: dict[str, _Pile] = {}
        self._partial: dict[Partial, None] = {}
        self._observe = observe
        self._lock = threading.Lock()

    def add(self, source: str, decoded: Decoded, *, part: str | None = None) -> None:
        """Objects of a source: all of them, or the part that a selector names.

        A whole list takes the place of its parts; of an object in two parts the first stays.
        """
        with self._lock:
            if part is None:
                self._piles[source] = _Pile()
                self._partial = {p: None for p in self._partial if p.source != source}
            else:
                self._partial[Partial(source=source, field_selector=part)] = None
            self._piles.setdefault(source, _Pile()).add(decoded)

    def declare(self, source: str, part: str) -> None:
        """A part of a source that is known to be empty without asking."""
        self.add(source, Decoded(), part=part)

    def fail(self, source: str, failure: ReadFailureError, place: str = "") -> None:
        """A source, or one place of it, that could not be read."""
        with self._lock:
            self.gaps.append(failure.gap(source, place))

    def saw(self, progress: Progress) -> None:
        """Tells the observer."""
        with self._lock:
            self._observe(progress)

    def views(self, source: str) -> tuple[Any, ...]:
        """The objects of a source so far."""
        with self._lock:
            pile = self._piles.get(source)
            return tuple(pile.views) if pile is not None else ()

    def was_read(self, source: str) -> bool:
        return source in self._piles

    def facts(self) -> dict[str, Decoded]:
        """All of it, in the form a snapshot takes."""
        with self._lock:
            piles = self._piles.items()
            return {n: Decoded(tuple(p.views), tuple(p.gaps)) for n, p in piles}

    @property
    def partial(self) -> tuple[Partial, ...]:
        return tuple(self._partial)

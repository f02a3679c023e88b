"""Objects by source, found by name; a changed copy shares all that it leaves alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from efadoctor.model.coverage import Gap
from efadoctor.model.decoding import Decoded, Undecoded
from efadoctor.model.derivations import Changed, Replacement
from efadoctor.model.facts import kubernetes_source, sources_of
from efadoctor.model.kubernetes import KubernetesObject
from efadoctor.model.reference import ObjectRef, aws_type, reference

Facts = Mapping[str, Decoded | Callable[[], Decoded]]
"""The objects of each source by source name; a callable is decoded on first use."""

_Place = tuple[str, str]
"""Namespace and name."""


class Store:
    """What each source gave. Of two objects of one name the first is found, or goes."""

    def __init__(self, facts: Facts) -> None:
        self._facts: dict[str, Decoded | Callable[[], Decoded]] = dict(facts)
        self._places: dict[str, dict[_Place, int]] = {}

    def __contains__(self, source: str) -> bool:
        return source in self._facts

    # ---- reading ------------------------------------------------------------

    def views(self, source: str) -> tuple[Any, ...]:
        """The objects of a source; none where it was not read."""
        return self._decoded(source).views

    def rows(self, source: str) -> Sequence[Any]:
        """The objects of a source as they are at hand: views, or plain JSON."""
        found = self._facts.get(source)
        return found.items if isinstance(found, Undecoded) else self.views(source)

    def at(self, source: str, namespace: str, name: str) -> Any | None:
        """The object of this name, None where there is none."""
        place = self._places_of(source).get((namespace, name))
        return None if place is None else self.views(source)[place]

    def gaps(self) -> Iterator[Gap]:
        """Every object that could not be used."""
        for source in list(self._facts):
            yield from self._decoded(source).gaps

    def _decoded(self, source: str) -> Decoded:
        found = self._facts.get(source, Decoded())
        if callable(found):
            found = self._facts[source] = found()
        return found

    def _places_of(self, source: str) -> dict[_Place, int]:
        if source not in self._places:
            places = self._places[source] = {}
            for number, view in enumerate(self.views(source)):
                places.setdefault(_place(view), number)
        return self._places[source]

    # ---- changing -----------------------------------------------------------

    def replacing(self, things: Iterable[Any]) -> tuple[Store, Changed]:
        """A copy with each view in the place of the one of its name, or added at the end."""
        new: dict[str, dict[ObjectRef, Any]] = {}
        for thing in things:
            new.setdefault(_source_name(thing), {})[reference(thing)] = thing
        copy = self._copy()
        changed = {source: copy._replace(source, views) for source, views in new.items()}
        return copy, Changed(changed)

    def _replace(self, source: str, new: Mapping[ObjectRef, Any]) -> tuple[Replacement, ...] | None:
        fact = self._facts.get(source)
        if isinstance(fact, Undecoded) and not fact.was_decoded:
            self._facts[source] = fact.replacing(new)
            return None
        old, places = self._decoded(source), self._places_of(source)
        views, added = list(old.views), dict[_Place, int]()
        replaced: list[Replacement] = []
        for view in new.values():
            number = places.get(_place(view))
            replaced.append(Replacement(None if number is None else views[number], view))
            if number is None:
                added[_place(view)] = len(views)
                views.append(view)
            else:
                views[number] = view
        self._facts[source] = Decoded(tuple(views), old.gaps)
        self._places[source] = {**places, **added} if added else places
        return tuple(replaced)

    def without(self, refs: Iterable[ObjectRef]) -> tuple[Store, Changed]:
        """A copy that lacks the named objects."""
        gone: dict[str, set[_Place]] = {}
        for ref in refs:
            for source in sources_named(ref):
                gone.setdefault(source, set()).add((ref.namespace, ref.name))
        copy = self._copy()
        lost = {name: copy._remove(name, places) for name, places in gone.items()}  # noqa: SLF001
        return copy, Changed({name: removed for name, removed in lost.items() if removed})

    def _remove(self, source: str, names: set[_Place]) -> tuple[Replacement, ...]:
        old, places = self._decoded(source), self._places_of(source)
        gone = {places[name] for name in names if name in places}
        if not gone:
            return ()
        kept: list[Any] = []
        after = 0
        for number in sorted(gone):
            kept.extend(old.views[after:number])
            after = number + 1
        self._facts[source] = Decoded((*kept, *old.views[after:]), old.gaps)
        del self._places[source]
        return tuple(Replacement(old.views[number], None) for number in gone)

    def with_empty(self, sources: Iterable[str]) -> tuple[Store, Changed]:
        """A copy in which these sources were read, and gave nothing."""
        empty = dict.fromkeys(sources, Decoded())
        return Store({**self._facts, **empty}), Changed(dict.fromkeys(empty))

    def _copy(self) -> Store:
        copy = Store(self._facts)
        copy._places = dict(self._places)
        return copy


def sources_named(ref: ObjectRef) -> tuple[str, ...]:
    """The sources that may hold the object which a reference names, of whatever version."""
    return _sources_of_kind(ref.api_version, ref.kind)


@lru_cache(maxsize=256)
def _sources_of_kind(api_version: str, kind: str) -> tuple[str, ...]:
    if api_version.startswith("aws/"):
        of_aws = aws_type(kind)
        return tuple(s.name for s in sources_of(of_aws)) if of_aws is not None else ()
    source = kubernetes_source(api_version.rpartition("/")[0], kind)
    return (source.name,) if source is not None else ()


def _source_name(thing: Any) -> str:
    if isinstance(thing, KubernetesObject):
        source = kubernetes_source(thing.api_version.rpartition("/")[0], thing.kind)
        if source is not None:
            return source.name
    return sources_of(type(thing))[0].name


def _place(view: Any) -> _Place:
    if isinstance(view, KubernetesObject):
        return view.metadata.namespace, view.metadata.name
    ref = reference(view)
    return ref.namespace, ref.name

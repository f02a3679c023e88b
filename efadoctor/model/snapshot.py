"""The snapshot: immutable facts about one cluster at one time, indexed once.

The same whether it was read from a live cluster, a bundle or manifests. What could not
be read is a fact too: ``was_read`` tells an empty list from one that nobody saw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from efadoctor.model import aws
from efadoctor.model.clock import EPOCH
from efadoctor.model.decoding import Decoded, Undecoded
from efadoctor.model.derivations import Changed, Dependencies, Derivations, Replacement
from efadoctor.model.derived import coverage, instances, newest_kubelet, newest_time
from efadoctor.model.facts import (
    SOURCES,
    Coverage,
    Gap,
    Partial,
    kubernetes_source,
    sources_of,
)
from efadoctor.model.kubernetes import KubernetesObject
from efadoctor.model.reference import ObjectRef, aws_type, reference
from efadoctor.model.shapes import by_source
from efadoctor.model.structs import View
from efadoctor.model.version import ServerVersion

T = TypeVar("T")


class Origin(View):
    """Where a snapshot comes from, for the report.

    ``namespace`` is the one that the kube context names: meant where nothing else is said.
    """

    kind: str = "manifests"
    context: str | None = None
    cluster: str | None = None
    region: str | None = None
    captured_at: str | None = None
    namespace: str | None = None


Facts = Mapping[str, Decoded | Callable[[], Decoded]]
"""The objects of each source by source name; a callable is decoded on first use."""


class Snapshot:
    """Facts by type. Build one with ``from_objects`` or ``load``; never change it.

    ``drafts`` are objects that are written and in no cluster yet: any field of theirs may
    still change.
    """

    def __init__(  # noqa: PLR0913  (each says one thing about the facts)
        self,
        facts: Facts,
        *,
        server_version: str = "",
        now: datetime | None = None,
        origin: Origin | None = None,
        gaps: Iterable[Gap] = (),
        partial: Iterable[Partial] = (),
        drafts: Iterable[ObjectRef] = (),
    ) -> None:
        self._facts: dict[str, Decoded | Callable[[], Decoded]] = dict(facts)
        self._server_version = server_version
        self._now = now
        self.origin = origin or Origin()
        self._gaps = tuple(gaps)
        self.partial = tuple(partial)
        self.drafts = frozenset(drafts)
        self._derivations = Derivations()
        self._named: dict[type[Any], dict[tuple[str, str], Any]] = {}
        self._places: dict[str, dict[tuple[str, str], int]] = {}
        self._copied_from: Snapshot | None = None

    # ---- building -----------------------------------------------------------

    @classmethod
    def from_objects(
        cls, objects: Iterable[Mapping[str, Any]], server_version: str = ""
    ) -> Snapshot:
        """A snapshot of Kubernetes objects given as dicts, of any kinds.

        Kinds that do not occur are read and empty; AWS is not read. An object that is
        not of its kind becomes a gap. Ages are measured from the newest time in it.
        """
        groups, gaps = by_source(objects)
        facts = {name: Undecoded(items, SOURCES[name].type, name) for name, items in groups.items()}
        return cls(facts, server_version=server_version, gaps=gaps)

    @classmethod
    def load(cls, path: str | Path) -> Snapshot:
        """A snapshot from a bundle: a folder or a ``.tar.gz`` (docs/bundle.md).

        Raises UnreadableInputError where there is no bundle at ``path``.
        """
        from efadoctor.bundle import load  # the bundle format is one way in among others

        return load(Path(path))

    def replacing(self, *things: Any) -> Snapshot:
        """A copy in which each given view stands for the one of the same name, or is added."""
        changed: dict[str, dict[ObjectRef, Any]] = {}
        for thing in things:
            changed.setdefault(_source_name(thing), {})[reference(thing)] = thing
        facts = dict(self._facts)
        replaced: dict[str, tuple[Replacement, ...] | None] = {}
        for name, new in changed.items():
            fact = facts.get(name)
            if isinstance(fact, Undecoded) and not fact.was_decoded:
                facts[name], replaced[name] = fact.replacing(new), None
                continue
            facts[name] = self._with(name, new)
            replaced[name] = tuple(Replacement(self.find(ref), v) for ref, v in new.items())
        copy = self._copy(facts, Changed(replaced))
        for name in changed:
            copy._take_places(name, self)  # noqa: SLF001
        return copy

    def _take_places(self, name: str, before: Snapshot) -> None:
        """What was replaced is where it was; what was added stands behind."""
        known = before._places.get(name)
        if known is None:
            return
        added = self._decoded(name).views[len(before._decoded(name).views) :]
        refs = ((reference(v), n) for n, v in enumerate(added, len(before._decoded(name).views)))
        more = {(r.namespace, r.name): n for r, n in refs}
        self._places[name] = {**known, **more} if more else known

    def _with(self, name: str, new: Mapping[ObjectRef, Any]) -> Decoded:
        """A source's objects with these in the place of those of the same name, or at the end."""
        places = self._places_of(name)
        old = self._decoded(name)
        views = list(old.views)
        for ref, view in new.items():
            place = places.get((ref.namespace, ref.name))
            if place is None:
                views.append(view)
            else:
                views[place] = view
        return Decoded(tuple(views), old.gaps)

    def without(self, *refs: ObjectRef) -> Snapshot:
        """A copy that lacks the named objects."""
        gone = set(refs)
        changed: dict[str, tuple[Replacement, ...] | None] = {}
        facts = dict(self._facts)
        for name, decoded in self._facts.items():
            views = decoded() if callable(decoded) else decoded
            lost = [v for v in views.views if _ref_or_none(v) in gone]
            if lost:
                kept = tuple(v for v in views.views if _ref_or_none(v) not in gone)
                facts[name] = Decoded(kept, views.gaps)
                changed[name] = tuple(Replacement(v, None) for v in lost)
        return self._copy(facts, Changed(changed))

    def drafting(
        self, drafts: Iterable[ObjectRef], *, nothing_of: Iterable[type[Any]] = (), why: str = ""
    ) -> Snapshot:
        """A copy in which these objects are drafts.

        The types ``nothing_of`` count as read in part, empty, where nobody read them; ``why``
        stands for the part.
        """
        unread = [s.name for t in nothing_of for s in sources_of(t) if s.name not in self._facts]
        facts = {**self._facts, **dict.fromkeys(unread, Decoded())}
        copy = self._copy(facts, Changed(dict.fromkeys(unread)))
        copy.drafts = self.drafts | frozenset(drafts)
        copy.partial = (*self.partial, *(Partial(source=n, field_selector=why) for n in unread))
        return copy

    def _copy(self, facts: Facts, changed: Changed) -> Snapshot:
        copy = Snapshot(
            facts,
            server_version=self._server_version,
            now=self._now,
            origin=self.origin,
            gaps=self._gaps,
            partial=self.partial,
            drafts=self.drafts,
        )
        copy._copied_from = self
        copy._derivations = self._derivations.after(changed)
        copy._places = {n: p for n, p in self._places.items() if n not in changed.sources}
        return copy

    # ---- reading ------------------------------------------------------------

    def all(self, type_: type[T]) -> tuple[T, ...]:
        """Every object of this type that was read; empty where none was."""
        if type_ is aws.Instance:
            return cast("tuple[T, ...]", self.once(instances))
        names = [s.name for s in sources_of(type_) if s.name in self._facts]
        if len(names) == 1:
            return self._decoded(names[0]).views
        return tuple(view for name in names for view in self._decoded(name).views)

    def rows(self, type_: type[Any]) -> Sequence[Any]:
        """Every object of this type as it is at hand: a view, or plain JSON nobody decoded yet.

        For readers that need little of many objects; whatever they cannot make sense of,
        ``decoding.convert`` turns into a view or into a gap that says why.
        """
        found = [self._facts[s.name] for s in sources_of(type_) if s.name in self._facts]
        if len(found) == 1 and isinstance(found[0], Undecoded):
            return found[0].items
        return self.all(type_)

    def of_source(self, name: str) -> tuple[Any, ...] | None:
        """The objects that one source gave, None where it was not read."""
        return self._decoded(name).views if name in self._facts else None

    def was_read(self, type_: type[Any]) -> bool:
        """Whether the objects of this type were read at all (in part counts)."""
        looked_for = aws.Reservation if type_ is aws.Instance else type_
        return any(s.name in self._facts for s in sources_of(looked_for))

    def was_read_whole(self, type_: type[Any]) -> bool:
        """Whether all objects of this type were read: absence then means something."""
        names = {s.name for s in sources_of(type_)}
        return self.was_read(type_) and not any(p.source in names for p in self.partial)

    def get(self, type_: type[T], name: str, namespace: str = "") -> T | None:
        """The object of this type and name, None where it was not seen."""
        sources = sources_of(type_)
        if len(sources) == 1:
            return cast("T | None", self._at(sources[0].name, namespace, name))
        return self._by_name(type_).get((namespace, name))

    def find(self, ref: ObjectRef) -> Any | None:
        """The object that a reference names, of whatever version; None where it was not seen."""
        of_aws = aws_type(ref.kind) if ref.api_version.startswith("aws/") else None
        if of_aws is not None:
            return self.get(of_aws, ref.name)
        group = ref.api_version.rpartition("/")[0]
        source = kubernetes_source(group, ref.kind)
        if source is None:
            return None
        return self._at(source.name, ref.namespace, ref.name)

    def once(self, build: Callable[[Snapshot], T]) -> T:
        """What ``build`` makes of this snapshot, made on first use and kept."""
        return cast("T", self._derivations.once(build, self))

    def once_of(self, on: Dependencies, build: Callable[[Snapshot], T]) -> T:
        """``once`` for what depends on the objects of these types, or aspects of them, alone.

        Copies that leave those as they are share it.
        """
        return cast("T", self._derivations.once_of(on, build, self))

    # ---- about itself -------------------------------------------------------

    @property
    def server_version(self) -> ServerVersion:
        """What bundle.json or the API server says, else the newest kubelet's."""
        said = self._server_version
        return ServerVersion.parse(said) if said else self.once(newest_kubelet)

    @property
    def now(self) -> datetime:
        """The time that ages are measured from: never today's."""
        if self._now is None:
            before = self._copied_from
            self._now = before.now if before is not None else self.once(newest_time)
        return self._now

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Everything that could not be read, object by object and source by source."""
        own = [gap for name in self._facts for gap in self._decoded(name).gaps]
        return (*self._gaps, *own)

    def coverage(self) -> tuple[Coverage, ...]:
        """How far each known source was read, in the order of the sources."""
        return self.once(coverage)

    def _decoded(self, name: str) -> Decoded:
        found = self._facts.get(name, Decoded())
        if callable(found):
            found = self._facts[name] = found()
        return found

    def _places_of(self, name: str) -> dict[tuple[str, str], int]:
        """Where each object of a source is, by namespace and name; of two the first."""
        if name not in self._places:
            refs = map(reference, self._decoded(name).views)
            places: dict[tuple[str, str], int] = {}
            for place, ref in enumerate(refs):
                places.setdefault((ref.namespace, ref.name), place)
            self._places[name] = places
        return self._places[name]

    def _at(self, source: str, namespace: str, name: str) -> Any | None:
        place = self._places_of(source).get((namespace, name))
        return None if place is None else self._decoded(source).views[place]

    def _by_name(self, type_: type[T]) -> dict[tuple[str, str], T]:
        """Objects of a type that several sources have, or that stand inside others."""
        if type_ not in self._named:
            refs = ((reference(v), v) for v in reversed(self.all(type_)))
            self._named[type_] = {(r.namespace, r.name): v for r, v in refs}
        return self._named[type_]


def _source_name(thing: Any) -> str:
    if isinstance(thing, KubernetesObject):
        source = kubernetes_source(thing.api_version.rpartition("/")[0], thing.kind)
        if source is not None:
            return source.name
    return sources_of(type(thing))[0].name


def _ref_or_none(thing: Any) -> ObjectRef | None:
    try:
        return reference(thing)
    except TypeError:
        return None


__all__ = ["EPOCH", "Facts", "Origin", "Partial", "Snapshot"]

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
from efadoctor.model.coverage import Coverage, Gap, Partial
from efadoctor.model.decoding import Undecoded
from efadoctor.model.derivations import Changed, Dependencies, Derivations
from efadoctor.model.derived import coverage, instances, newest_kubelet, newest_time
from efadoctor.model.facts import SOURCES, sources_of
from efadoctor.model.reference import ObjectRef, aws_type, reference
from efadoctor.model.shapes import by_source
from efadoctor.model.store import Facts, Store, sources_named
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


class Snapshot:
    """Facts by type. Build one with ``from_objects`` or ``load``; never change it.

    ``drafts`` are objects that are written and in no cluster yet: any field of theirs may
    still change.
    """

    def __init__(  # noqa: PLR0913  (each says one thing about the facts)
        self,
        facts: Facts | Store,
        *,
        server_version: str = "",
        now: datetime | None = None,
        origin: Origin | None = None,
        gaps: Iterable[Gap] = (),
        partial: Iterable[Partial] = (),
        drafts: Iterable[ObjectRef] = (),
    ) -> None:
        self._store = facts if isinstance(facts, Store) else Store(facts)
        self._server_version = server_version
        self._now = now
        self.origin = origin or Origin()
        self._gaps = tuple(gaps)
        self.partial = tuple(partial)
        self.drafts = frozenset(drafts)
        self._derivations = Derivations()
        self._named: dict[type[Any], dict[tuple[str, str], Any]] = {}
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
        return self._copy(*self._store.replacing(things))

    def without(self, *refs: ObjectRef) -> Snapshot:
        """A copy that lacks the named objects."""
        return self._copy(*self._store.without(refs))

    def drafting(
        self, drafts: Iterable[ObjectRef], *, nothing_of: Iterable[type[Any]] = (), why: str = ""
    ) -> Snapshot:
        """A copy in which these objects are drafts.

        The types ``nothing_of`` count as read in part, empty, where nobody read them; ``why``
        stands for the part.
        """
        unread = [s.name for t in nothing_of for s in sources_of(t) if s.name not in self._store]
        copy = self._copy(*self._store.with_empty(unread))
        copy.drafts = self.drafts | frozenset(drafts)
        copy.partial = (*self.partial, *(Partial(source=n, field_selector=why) for n in unread))
        return copy

    def _copy(self, store: Store, changed: Changed) -> Snapshot:
        copy = Snapshot(
            store,
            server_version=self._server_version,
            now=self._now,
            origin=self.origin,
            gaps=self._gaps,
            partial=self.partial,
            drafts=self.drafts,
        )
        copy._copied_from = self
        copy._derivations = self._derivations.after(changed)
        return copy

    # ---- reading ------------------------------------------------------------

    def all(self, type_: type[T]) -> tuple[T, ...]:
        """Every object of this type that was read; empty where none was."""
        if type_ is aws.Instance:
            return cast("tuple[T, ...]", self.once(instances))
        sources = sources_of(type_)
        if len(sources) == 1:
            return cast("tuple[T, ...]", self._store.views(sources[0].name))
        return tuple(view for source in sources for view in self._store.views(source.name))

    def rows(self, type_: type[Any]) -> Sequence[Any]:
        """Every object of this type as it is at hand: a view, or plain JSON nobody decoded yet.

        For readers that need little of many objects; whatever they cannot make sense of,
        ``decoding.convert`` turns into a view or into a gap that says why.
        """
        sources = sources_of(type_)
        return self._store.rows(sources[0].name) if len(sources) == 1 else self.all(type_)

    def of_source(self, name: str) -> tuple[Any, ...] | None:
        """The objects that one source gave, None where it was not read."""
        return self._store.views(name) if name in self._store else None

    def was_read(self, type_: type[Any]) -> bool:
        """Whether the objects of this type were read at all (in part counts)."""
        looked_for = aws.Reservation if type_ is aws.Instance else type_
        return any(s.name in self._store for s in sources_of(looked_for))

    def was_read_whole(self, type_: type[Any]) -> bool:
        """Whether all objects of this type were read: absence then means something."""
        names = {s.name for s in sources_of(type_)}
        return self.was_read(type_) and not any(p.source in names for p in self.partial)

    def get(self, type_: type[T], name: str, namespace: str = "") -> T | None:
        """The object of this type and name, None where it was not seen."""
        sources = sources_of(type_)
        if len(sources) == 1:
            return cast("T | None", self._store.at(sources[0].name, namespace, name))
        return self._by_name(type_).get((namespace, name))

    def find(self, ref: ObjectRef) -> Any | None:
        """The object that a reference names, of whatever version; None where it was not seen."""
        if ref.api_version.startswith("aws/"):
            of_aws = aws_type(ref.kind)
            return None if of_aws is None else self.get(of_aws, ref.name)
        found = (self._store.at(s, ref.namespace, ref.name) for s in sources_named(ref))
        return next(found, None)

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
        return (*self._gaps, *self._store.gaps())

    def coverage(self) -> tuple[Coverage, ...]:
        """How far each known source was read, in the order of the sources."""
        return self.once(coverage)

    def _by_name(self, type_: type[T]) -> dict[tuple[str, str], T]:
        """Objects of a type that several sources have, or that stand inside others."""
        if type_ not in self._named:
            refs = ((reference(v), v) for v in reversed(self.all(type_)))
            self._named[type_] = {(r.namespace, r.name): v for r, v in refs}
        return self._named[type_]


__all__ = ["EPOCH", "Facts", "Origin", "Partial", "Snapshot"]

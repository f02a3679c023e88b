"""A snapshot that remembers what it was asked for."""

from __future__ import annotations

from typing import Any

from facts_of import facts_of

from efadoctor.model.facts import SOURCES, kubernetes_source
from efadoctor.model.reference import ObjectRef, aws_type
from efadoctor.model.snapshot import Snapshot


class Watched(Snapshot):
    """A snapshot that remembers which types it was asked for; its copies tell it too."""

    asked_for: set[type[Any]]

    @classmethod
    def of(cls, snapshot: Snapshot, asked_for: set[type[Any]]) -> Watched:
        """The same facts; its time and version are given, since everybody may ask for those."""
        version = str(snapshot.server_version) if snapshot.server_version else ""
        watched = cls(
            facts_of(snapshot),
            server_version=version,
            now=snapshot.now,
            origin=snapshot.origin,
            gaps=snapshot.gaps,
            partial=snapshot.partial,
            drafts=snapshot.drafts,
        )
        watched.asked_for = asked_for
        return watched

    def all(self, type_: type[Any]) -> tuple[Any, ...]:
        self.asked_for.add(type_)
        return super().all(type_)

    def rows(self, type_: type[Any]) -> Any:
        self.asked_for.add(type_)
        return super().rows(type_)

    def of_source(self, name: str) -> tuple[Any, ...] | None:
        self.asked_for.add(SOURCES[name].type)
        return super().of_source(name)

    def was_read(self, type_: type[Any]) -> bool:
        self.asked_for.add(type_)
        return super().was_read(type_)

    def was_read_whole(self, type_: type[Any]) -> bool:
        self.asked_for.add(type_)
        return super().was_read_whole(type_)

    def get(self, type_: type[Any], name: str, namespace: str = "") -> Any | None:
        self.asked_for.add(type_)
        return super().get(type_, name, namespace)

    def find(self, ref: ObjectRef) -> Any | None:
        source = kubernetes_source(ref.api_version.rpartition("/")[0], ref.kind)
        of_aws = aws_type(ref.kind) if ref.api_version.startswith("aws/") else None
        if of_aws is not None:
            self.asked_for.add(of_aws)
        elif source is not None:
            self.asked_for.add(source.type)
        return super().find(ref)

    def replacing(self, *things: Any) -> Watched:
        return Watched.of(super().replacing(*things), self.asked_for)

    def without(self, *refs: ObjectRef) -> Watched:
        return Watched.of(super().without(*refs), self.asked_for)

"""A change of the snapshot: before, after, and which objects it touched."""

from __future__ import annotations

from typing import Any

import msgspec

from efadoctor.model.reference import reference
from efadoctor.model.snapshot import Snapshot


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What one step did. ``replaced`` are the views as they are now, ``removed`` as they were.

    ``said`` are sentences on what the cluster did by itself.
    """

    before: Snapshot
    after: Snapshot
    replaced: tuple[Any, ...] = ()
    removed: tuple[Any, ...] = ()
    said: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        before: Snapshot,
        *,
        replaced: tuple[Any, ...] = (),
        removed: tuple[Any, ...] = (),
        said: tuple[str, ...] = (),
    ) -> Change:
        """The change that removes some views and puts others in place."""
        after = before
        if removed:
            after = after.without(*(reference(v) for v in removed))
        if replaced:
            after = after.replacing(*replaced)
        return cls(before=before, after=after, replaced=replaced, removed=removed, said=said)

    def then(self, later: Change) -> Change:
        """Both changes as one, the later one after this."""
        gone = {reference(v) for v in later.removed}
        new = {reference(v) for v in later.replaced}
        kept = tuple(
            v for v in self.replaced if reference(v) not in new and reference(v) not in gone
        )
        return Change(
            before=self.before,
            after=later.after,
            replaced=(*kept, *later.replaced),
            removed=(*self.removed, *later.removed),
            said=(*self.said, *(s for s in later.said if s not in self.said)),
        )

    @property
    def is_empty(self) -> bool:
        return not self.replaced and not self.removed

    def key(self) -> bytes:
        """Equal for changes that come to the same, whatever edits made them."""
        replaced = sorted(msgspec.json.encode((type(v).__name__, v)) for v in self.replaced)
        removed = sorted(str(reference(v)) for v in self.removed)
        return msgspec.json.encode((replaced, removed))

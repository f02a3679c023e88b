"""How snapshots come in."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from efadoctor.model.snapshot import Snapshot

Tell = Callable[[str, int], None]
"""Called with a source and how many objects of it have been read so far."""

Read = Callable[[Tell], Iterable[Snapshot]]
"""Reads; yields a snapshot, and another whenever something has changed."""

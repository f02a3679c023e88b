"""A snapshot's facts by source, to make another of some of them."""

from collections.abc import Container

from efadoctor.model.decoding import Decoded
from efadoctor.model.facts import SOURCES
from efadoctor.model.snapshot import Snapshot


def facts_of(snapshot: Snapshot, *, without: Container[str] = ()) -> dict[str, Decoded]:
    """What each source gave that was read, but for those named."""
    found = {name: snapshot.of_source(name) for name in SOURCES if name not in without}
    return {name: Decoded(views) for name, views in found.items() if views is not None}

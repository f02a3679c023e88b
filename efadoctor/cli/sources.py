"""Gets the snapshot that a command line asks for, and says what could not be read."""

from __future__ import annotations

from efadoctor.cli.arguments import Arguments
from efadoctor.cli.talk import say
from efadoctor.model.errors import UsageError
from efadoctor.model.snapshot import Snapshot

MOST_GAPS = 20
"""Lines about gaps before the rest is only counted."""


def read_snapshot(arguments: Arguments) -> Snapshot:
    """The bundle. Raises UnreadableInputError where there is none."""
    if arguments.bundle is None:
        raise UsageError("nothing to read: give --bundle PATH")
    snapshot = Snapshot.load(arguments.bundle)
    say_gaps(snapshot)
    return snapshot


def say_gaps(snapshot: Snapshot) -> None:
    """One line on standard error for each thing that could not be read."""
    gaps = snapshot.gaps
    for gap in gaps[:MOST_GAPS]:
        where = f" {gap.place}" if gap.place else ""
        say(f"not read: {gap.source}{where}: {gap.reason}")
    if len(gaps) > MOST_GAPS:
        say(f"not read: {len(gaps) - MOST_GAPS} more")

"""``efadoctor capture``: a redacted bundle of what a diagnosis reads, or a baseline of it."""

from __future__ import annotations

from pathlib import Path

from efadoctor.cli.arguments import Arguments
from efadoctor.cli.sources import read_everything
from efadoctor.cli.talk import say
from efadoctor.collect.baseline import capture_baseline
from efadoctor.collect.capture import capture
from efadoctor.model.errors import UsageError
from efadoctor.model.exit_status import ExitStatus
from efadoctor.model.kubernetes import Node, Pod


def run(arguments: Arguments) -> int:
    """Write the files. 3 where the nodes or pods were not read: nothing can be told from those."""
    if arguments.file is None and arguments.baseline is None:
        raise UsageError("name a file: -o FILE.tar.gz for a bundle, --baseline FILE for a profile")
    snapshot = read_everything(arguments)
    if arguments.file is not None:
        capture(snapshot, Path(arguments.file), plain_ids=arguments.plain_ids)
        say(f"wrote {arguments.file}")
    if arguments.baseline is not None:
        capture_baseline(snapshot, Path(arguments.baseline), plain_ids=arguments.plain_ids)
        say(f"wrote {arguments.baseline}")
    whole = snapshot.was_read(Node) and snapshot.was_read(Pod)
    return ExitStatus.NOTHING_BLOCKS if whole else ExitStatus.COULD_NOT_TELL

"""A bundle of what a diagnosis has read, fit to be shown to others.

What was dropped at the door is not in it (``redact``); what is left goes through ``tokens``.
"""

from __future__ import annotations

from pathlib import Path

from efadoctor.bundle import dump, write
from efadoctor.collect.tokens import Token, Tokens, salted
from efadoctor.model.snapshot import Snapshot


def capture(
    snapshot: Snapshot, path: Path, *, plain_ids: bool = False, token: Token | None = None
) -> None:
    """Writes the bundle of a snapshot to ``path``, a ``.tar.gz`` that only its owner may read.

    ``plain_ids`` keeps AWS ids, account numbers and addresses; secrets go either way.
    Raises UsageError where the file cannot be written.
    """
    write(path, redacted(dump(snapshot), plain_ids=plain_ids, token=token))


def redacted(
    files: dict[str, bytes], *, plain_ids: bool = False, token: Token | None = None
) -> dict[str, bytes]:
    """The files with tokens for identities and nothing for secrets."""
    tokens = Tokens(token or salted(), files, plain_ids=plain_ids)
    return {name: tokens.apply(raw) for name, raw in files.items()}

"""Words of a shell line, quoted so that nothing in them is obeyed and all stays on one line."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from typing import Any

import msgspec

from efadoctor.model.edits import plain
from efadoctor.model.snapshot import Origin

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


class Shell(msgspec.Struct, frozen=True, kw_only=True):
    """Where commands are to act: a kube context and a region, "" for what is current."""

    context: str = ""
    region: str = ""

    @classmethod
    def of(cls, origin: Origin) -> Shell:
        """A bundle's context may be called otherwise where its commands are run."""
        context = origin.context if origin.kind == "cluster" else None
        return cls(context=context or "", region=origin.region or "")


def quote(word: str) -> str:
    """One word for bash; control characters become escapes of ``$'…'``."""
    if not _CONTROL.search(word):
        return shlex.quote(word)
    text = "".join(_ESCAPES.get(c, c) for c in word if c != "\0")
    return "$'" + _CONTROL.sub(lambda m: f"\\x{ord(m[0]):02x}", text) + "'"


def line(words: Iterable[str]) -> str:
    """The words as one shell line."""
    return " ".join(quote(w) for w in words)


def compact(value: Any) -> str:
    """Plain JSON without spaces, one line."""
    return json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False)

"""Standard error: progress, gaps and complaints, one line each, made inert."""

from __future__ import annotations

import sys
from time import monotonic
from typing import Self

from efadoctor.model.arrived import Arrived
from efadoctor.model.inert import inert

_SECONDS_BETWEEN = 0.1


class ProgressLine:
    """One line that is written over while a cluster is read; only where a person sees it."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._arrived = Arrived()
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown and self._last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def tell(self, source: str, objects: int) -> None:
        """That so many objects of a source have arrived."""
        self._arrived.note(source, objects)
        if not self._shown or monotonic() - self._last < _SECONDS_BETWEEN:
            return
        self._last = monotonic()
        sys.stderr.write(f"\r\x1b[K{self._arrived}")
        sys.stderr.flush()


def complain(message: str) -> None:
    """One line that says why the command ends."""
    say(f"efadoctor: {message}")


def say(message: str) -> None:
    """One line on standard error; untrusted text in it stays text."""
    try:
        sys.stderr.write(inert(" ".join(message.split())) + "\n")
        sys.stderr.flush()
    except OSError:
        return  # nobody listens

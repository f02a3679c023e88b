"""Standard error: progress, gaps and complaints, one line each, made inert."""

from __future__ import annotations

import sys
from shutil import get_terminal_size
from threading import Event, Lock, Thread
from time import monotonic
from typing import Self

from efadoctor.model.arrived import Arrived
from efadoctor.model.inert import inert

_QUIET = 0.5
"""Seconds that need no explanation."""

_ON_TERMINAL = 0.1
_ELSEWHERE = 5.0
"""Seconds between two lines."""


class ProgressLine:
    """What is being read, once that takes a while: a line that is written over on a terminal,
    elsewhere one line now and then. ``say`` and reports come after ``rest``.
    """

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._between = _ON_TERMINAL if self._terminal else _ELSEWHERE
        self._arrived = Arrived()
        self._begun: float | None = monotonic()
        self._last: float | None = None
        self._lock = Lock()
        self._ended = Event()

    def __enter__(self) -> Self:
        Thread(target=self._tick, daemon=True, name="progress").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.rest()

    def tell(self, source: str, objects: int, size: int = 0, origin: str = "") -> None:
        """That so many objects of a source have arrived so far, how many bytes, and from where."""
        with self._lock:
            if self._begun is None:
                self._begun = monotonic()
            self._arrived.note(source, objects, size, origin)

    def rest(self) -> None:
        """Nothing is being read for now: the line goes."""
        with self._lock:
            if self._terminal and self._last is not None:
                _write("\r\x1b[K")
            self._begun = self._last = None
            self._arrived = Arrived()

    def _tick(self) -> None:
        while not self._ended.wait(_ON_TERMINAL):
            with self._lock:
                now = monotonic()
                early = self._begun is None or now - self._begun < _QUIET
                if early or (self._last is not None and now - self._last < self._between):
                    continue
                self._last = now
                line = inert(str(self._arrived))
                if self._terminal:
                    _write(f"\r\x1b[K{line[: get_terminal_size().columns - 1]}")
                else:
                    _write(f"{line}\n")


def complain(message: str) -> None:
    """One line that says why the command ends."""
    say(f"efadoctor: {message}")


def say(message: str) -> None:
    """One line on standard error; untrusted text in it stays text."""
    _write(inert(" ".join(message.split())) + "\n")


def _write(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        return  # nobody listens

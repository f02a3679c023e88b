"""Where we are: a person's terminal, or a pipe, a file, CI."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from efadoctor.model.errors import UsageError

PIPE_WIDTH = 80
WIDEST = 120
"""Prose wider than this is hard to read, whatever the terminal."""


def ready_streams() -> None:
    """Make the standard streams such that nothing that is read or written there stops us."""
    # of a stream that was closed when we were started, Python makes None
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - to the end
    for stream in (sys.stdout, sys.stderr):
        # a terminal that cannot show a character shows its escape
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def put(text: str) -> None:
    """Write to standard output; a reader that has left is no error, and changes no status.

    Raises UsageError where it cannot be written for another reason: a disk is full.
    """
    with _writing():
        sys.stdout.write(text)
        sys.stdout.flush()


def put_bytes(raw: bytes) -> None:
    """As ``put``, for programs: whatever the locale's encoding."""
    with _writing():
        sys.stdout.flush()
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        _hang_up()
    except OSError as error:
        _hang_up()
        raise UsageError(f"cannot write standard output: {error.strerror}") from None


def _hang_up() -> None:
    """Nobody reads: what is still to be said goes nowhere, also at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_terminal() -> bool:
    """Whether a person looks at standard output and can answer: only then a TUI."""
    looks = sys.stdout.isatty() and sys.stdin.isatty() and not _is_automation()
    return looks and os.environ.get("TERM") != "dumb"


def shows_colour(*, no_color: bool) -> bool:
    """Whether standard output may be coloured (https://no-color.org)."""
    if no_color or os.environ.get("NO_COLOR") or _is_automation():
        return False
    return sys.stdout.isatty() and os.environ.get("TERM") not in ("", "dumb", None)


def width() -> int:
    """Columns to write in; ``COLUMNS`` holds everywhere."""
    return min(shutil.get_terminal_size((PIPE_WIDTH, 24)).columns, WIDEST)


def _is_automation() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")

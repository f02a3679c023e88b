"""Where we are: a person's terminal, or a pipe, a file, CI."""

from __future__ import annotations

import os
import shutil
import sys

PIPE_WIDTH = 80
WIDEST = 120
"""Prose wider than this is hard to read, whatever the terminal."""


def put(text: str) -> None:
    """Write to standard output; a reader that has left is no error, and changes no status."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        hang_up()


def put_bytes(raw: bytes) -> None:
    """Write bytes to standard output, for programs: whatever the locale's encoding."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        hang_up()


def hang_up() -> None:
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

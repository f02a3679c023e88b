"""Standard error: progress, gaps and complaints, one line each, made inert."""

from __future__ import annotations

import sys

from efadoctor.model.inert import inert


def complain(message: str) -> None:
    """One line that says why the command ends."""
    say(f"efadoctor: {message}")


def say(message: str) -> None:
    """One line on standard error; untrusted text in it stays text."""
    try:
        sys.stderr.write(inert(" ".join(message.split())) + "\n")
        sys.stderr.flush()
    except BrokenPipeError:
        return  # nobody listens

"""The states of a check, each by its own shape and its own colour."""

from __future__ import annotations

from enum import Enum

from efadoctor.model.report import CheckStatus, Verdict


class State(Enum):
    """How far a check is, or how it ended: a glyph, a style, and a word for it."""

    PENDING = ("·", "$faint", "pending")
    RUNNING = ("◌", "$key bold", "running")
    PASSED = ("✓", "$pass", "passed")
    FAILED = ("✗", "$fail bold", "failed")
    WARNING = ("▲", "$warn", "warning")
    UNKNOWN = ("?", "$unknown bold", "unknown")
    SKIPPED = ("-", "$muted", "skipped")

    def __init__(self, glyph: str, style: str, word: str) -> None:
        self.glyph = glyph
        self.style = style
        self.word = word


_OF_STATUS = {
    CheckStatus.PASS: State.PASSED,
    CheckStatus.FAIL: State.FAILED,
    CheckStatus.WARN: State.WARNING,
    CheckStatus.UNKNOWN: State.UNKNOWN,
    CheckStatus.SKIPPED: State.SKIPPED,
}

VERDICTS = {
    Verdict.BLOCKED: ("✗", "$fail"),
    Verdict.WAITING: ("◌", "$warn"),
    Verdict.SCHEDULABLE: ("✓", "$pass"),
    Verdict.SCHEDULED: ("✓", "$pass"),
    Verdict.UNKNOWN: ("?", "$unknown"),
}
"""The glyph and the style of each verdict."""


def state_of(status: CheckStatus) -> State:
    """The state in which a check with this result is."""
    return _OF_STATUS[status]

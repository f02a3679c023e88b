"""Says when it is time to tell again: often enough to be seen, seldom enough to cost nothing."""

from __future__ import annotations

from time import monotonic

_SECONDS = 0.2


class Often:
    """True at most once in a fifth of a second."""

    def __init__(self) -> None:
        self._last = monotonic()

    def now(self) -> bool:
        """Whether it is time."""
        if monotonic() - self._last < _SECONDS:
            return False
        self._last = monotonic()
        return True

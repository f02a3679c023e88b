"""One deadline over a whole run: every wait asks how long it may still take."""

import time

_LONGEST_WAIT = 86400.0
"""Locks and sockets refuse a timeout that no clock can hold; a day is as good as for ever."""


class Deadline:
    """So many seconds from now; ``inf`` never ends."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def remaining(self) -> float:
        """Seconds that are left, as a timeout takes them; 0 once it has passed."""
        return min(_LONGEST_WAIT, max(0.0, self._end - time.monotonic()))

    @property
    def passed(self) -> bool:
        return self.remaining <= 0

    def sleep(self, seconds: float) -> bool:
        """Waits that long, or not at all where it would take too long; whether it waited."""
        if seconds >= self.remaining:
            return False
        time.sleep(seconds)
        return True

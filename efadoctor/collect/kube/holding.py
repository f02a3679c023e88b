"""How much of an API server's answers is in memory at a time, over all threads."""

from __future__ import annotations

import threading
import weakref

from efadoctor.collect.failure import ReadFailureError

MIB = 1024 * 1024
MAX_HELD_BYTES = 512 * MIB
"""All answers that are held at a time, unpacked. A page is 3 to 10 MB; one that is larger comes
from a server that ignores ``limit``, and 80,000 pods fit into one."""


class Holding:
    """Counts bytes from their arrival until the answer that they became is forgotten."""

    def __init__(self) -> None:
        self._held = 0
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Bytes have arrived. Raises ReadFailureError where they are too many."""
        with self._lock:
            self._held += size
            if self._held <= MAX_HELD_BYTES:
                return
        raise ReadFailureError(f"more than {MAX_HELD_BYTES // MIB} MiB in one answer, or in a few")

    def drop(self, size: int) -> None:
        """Bytes are in memory no longer."""
        with self._lock:
            self._held -= size

    def drop_with(self, answer: object, size: int) -> None:
        """Bytes will be in memory for as long as an answer is."""
        weakref.finalize(answer, self.drop, size).atexit = False

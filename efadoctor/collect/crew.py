"""Daemon threads that do what they are given, a few at a time.

Not ``ThreadPoolExecutor``: the interpreter waits for its threads at exit, so an interrupt
would hang on a server that does not answer.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from typing import Any

from efadoctor.collect.deadline import Deadline


class Crew:
    """So many threads. What is still waiting when the deadline passes is left undone."""

    def __init__(self, size: int, deadline: Deadline) -> None:
        self._deadline = deadline
        self._work: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]
        self._work = queue.SimpleQueue()
        self._size = size
        for number in range(size):
            threading.Thread(target=self._run, daemon=True, name=f"collect-{number}").start()

    def start(self, task: Callable[[], Any]) -> Future[Any]:
        """Has one task done."""
        future: Future[Any] = Future()
        self._work.put((future, task))
        return future

    def all(self, tasks: Iterable[Callable[[], Any]]) -> bool:
        """Has tasks done; whether all were, when the deadline passed. Raises what one raised."""
        return self.join([self.start(task) for task in tasks])

    def join(self, futures: Iterable[Future[Any]]) -> bool:
        """Waits for tasks that were started; as ``all``."""
        # a request ends itself at the deadline; the moment more lets it say so
        done, late = wait(futures, timeout=self._deadline.remaining + 0.5)
        for future in done:
            future.result()
        return not late

    def dismiss(self) -> None:
        """Ends the threads once they have done what they were given."""
        for _ in range(self._size):
            self._work.put(None)

    def _run(self) -> None:
        while (item := self._work.get()) is not None:
            future, task = item
            try:
                future.set_result(task())
            except BaseException as error:  # noqa: BLE001  (raised again where it is waited for)
                future.set_exception(error)

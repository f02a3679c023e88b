"""Runs a function in a thread that nobody waits for when the program ends.

Textual's own thread workers belong to a pool that Python joins at exit: quitting while a
cluster is being read would hang until the last answer, or its timeout.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TypeVar

from efadoctor.model.errors import EfadoctorError

T = TypeVar("T")


class AbandonedError(Exception):
    """Raised inside a background function to end it early: its answer is wanted no more."""


def reason_of(error: Exception) -> str:
    """Why something did not come to an end, in words for the screen."""
    if isinstance(error, EfadoctorError):
        return str(error)
    return f"defect in efadoctor: {type(error).__name__}: {error}"


async def in_background(function: Callable[[], T]) -> T:
    """What ``function`` returns, or raises, from a daemon thread."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def finish(result: T | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # None only beside an error

    def run() -> None:
        result: T | None = None
        failure: BaseException | None = None
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001  (handed to whoever awaits it)
            failure = error
        with suppress(RuntimeError):  # the loop is closed: the program is ending
            loop.call_soon_threadsafe(finish, result, failure)

    Thread(target=run, name="efadoctor-background", daemon=True).start()
    return await future

"""Garbage collection, kept from passing over a large live heap again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """No cyclic garbage collection inside: a large live heap makes each pass cost seconds."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def made_to_last() -> Iterator[None]:
    """As ``collection_paused``; what is made inside then counts as old at once.

    For reading much that lives on: otherwise the first pass afterwards looks at all of it.
    """
    with collection_paused():
        yield
        gc.freeze()
        gc.unfreeze()


@contextmanager
def heap_set_aside() -> Iterator[None]:
    """Cyclic garbage collection inside looks only at what is made inside.

    For work that makes garbage beside much that lives on: its copies go, and no pass looks at
    what was there before (https://docs.python.org/3/library/gc.html#gc.freeze).
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()

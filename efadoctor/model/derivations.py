"""What was worked out from a snapshot's facts, and what of it a changed copy may keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from efadoctor.model.facts import sources_of

T = TypeVar("T")


class Aspect(msgspec.Struct, frozen=True):
    """What of the objects of a type something depends on.

    ``of`` gives that part of an object, None for an object that does not matter. A change
    that leaves it as it was leaves alone what depends on it.
    """

    type: type[Any]
    of: Callable[[Any], object]


Dependency = type[Any] | Aspect
Dependencies = Dependency | tuple[Dependency, ...]


class Replacement(msgspec.Struct, frozen=True):
    """An object before and after a change; None where there is none."""

    before: Any
    after: Any


class Changed(msgspec.Struct, frozen=True):
    """What a copy has otherwise, by source; None for a source that may differ in anything."""

    sources: dict[str, tuple[Replacement, ...] | None]

    def touches(self, dependency: Dependency) -> bool:
        """Whether what depends on this has to be worked out anew."""
        of = dependency.of if isinstance(dependency, Aspect) else None
        type_ = dependency.type if isinstance(dependency, Aspect) else dependency
        for name in (s.name for s in sources_of(type_) if s.name in self.sources):
            replaced = self.sources[name]
            if of is None or replaced is None or any(_differs(of, r) for r in replaced):
                return True
        return False


def _differs(of: Callable[[Any], object], replaced: Replacement) -> bool:
    was, now = (None if v is None else of(v) for v in (replaced.before, replaced.after))
    return was != now


class Derivations:
    """Values by the function that made them, each made once."""

    def __init__(self) -> None:
        self._of_all: dict[Any, Any] = {}
        self._of_some: dict[tuple[tuple[Dependency, ...], Any], Any] = {}

    def once(self, build: Callable[[T], Any], argument: T) -> Any:
        """What ``build`` makes of the argument, made on first use."""
        if build not in self._of_all:
            self._of_all[build] = build(argument)
        return self._of_all[build]

    def once_of(self, on: Dependencies, build: Callable[[T], Any], argument: T) -> Any:
        """The same for what depends on some facts alone."""
        key = (on if isinstance(on, tuple) else (on,), build)
        if key not in self._of_some:
            self._of_some[key] = build(argument)
        return self._of_some[key]

    def after(self, changed: Changed) -> Derivations:
        """Those that a change leaves as they were."""
        touched: dict[Dependency, bool] = {}
        kept = Derivations()
        for (on, build), value in self._of_some.items():
            if not any(_remembered(touched, d, changed) for d in on):
                kept._of_some[on, build] = value
        return kept


def _remembered(known: dict[Dependency, bool], on: Dependency, changed: Changed) -> bool:
    if on not in known:
        known[on] = changed.touches(on)
    return known[on]

"""Finds check packs by entry point (group ``efadoctor.packs``): ours as anybody's.

A pack is a package; every module of it whose name does not begin with ``_`` holds one check.
It may say in ``DOCS`` under which URL its pages are published, each as ``<code>.md``.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

import msgspec

from efadoctor.authoring import Check
from efadoctor.model.errors import PackError

GROUP = "efadoctor.packs"


@cache
def installed_checks() -> tuple[Check, ...]:
    """Every check of every installed pack, by code.

    Raises PackError where a pack cannot be imported or two checks share a code or name.
    """
    found: list[Check] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name):
        try:
            found.extend(checks_of(entry.load()))
        except PackError:
            raise
        except Exception as error:  # somebody else's code may fail in any way
            raise PackError(f"pack {entry.name!r} cannot be loaded: {error}") from error
    return unique(found)


def checks_of(package: ModuleType) -> tuple[Check, ...]:
    """The checks in a package, one a module. Raises PackError for a module with none or more."""
    pages = getattr(package, "DOCS", "")
    found: list[Check] = []
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith("_"):
            continue
        module = import_module(f"{package.__name__}.{info.name}")
        checks = [v for v in vars(module).values() if isinstance(v, Check)]
        own = [c for c in checks if c.module == module.__name__]
        if len(own) != 1:
            raise PackError(f"{module.__name__} holds {len(own)} checks; a module holds one")
        docs = f"{pages}{own[0].code}.md" if pages else ""
        found.append(msgspec.structs.replace(own[0], docs=docs))
    return tuple(found)


def unique(checks: Iterable[Check]) -> tuple[Check, ...]:
    """The checks by code; raises PackError where a code or a name is taken twice."""
    by_code: dict[str, Check] = {}
    names: dict[str, Check] = {}
    for check in checks:
        for taken, key in ((by_code, check.code), (names, check.name)):
            if key in taken:
                other = taken[key]
                raise PackError(f"{key} is taken twice: by {other.module} and {check.module}")
            taken[key] = check
    return tuple(by_code[code] for code in sorted(by_code))

"""What must be done to get from one JSON value to another, one field at a time."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

import msgspec

from efadoctor.model.fieldpath import FieldPath


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do: set, insert (``present`` false) or remove (``wanted`` false) a field."""

    path: FieldPath
    value: Any = None
    present: bool = True
    wanted: bool = True

    @property
    def replaces(self) -> bool:
        return self.present and self.wanted


def first_difference(old: Any, new: Any, path: FieldPath) -> Difference | None:
    return next(iter(differences(old, new, path)), None)


def differences(old: Any, new: Any, path: FieldPath) -> list[Difference]:
    """What must be done to get from one value to the other, in the order of the old one."""
    if old == new and type(old) is type(new):
        return []
    if isinstance(old, dict) and isinstance(new, dict) and old and new:
        return _of_mappings(old, new, path)
    if isinstance(old, list) and isinstance(new, list) and old and new:
        return _of_lists(old, new, path)
    return [Difference(path=path, value=new)]


def _of_mappings(old: dict[str, Any], new: dict[str, Any], path: FieldPath) -> list[Difference]:
    found: list[Difference] = []
    for key, value in old.items():
        if key in new:
            found += differences(value, new[key], path / key)
        elif value is not None:
            found.append(Difference(path=path / key, wanted=False))
    found += [
        Difference(path=path / key, value=value, present=False)
        for key, value in new.items()
        if key not in old and value is not None
    ]
    # a mapping must not become empty on the way to something else
    return sorted(found, key=lambda d: not d.wanted)


def _of_lists(old: list[Any], new: list[Any], path: FieldPath) -> list[Difference]:
    shortest = min(len(old), len(new))
    same = len(list(takewhile(lambda n: old[n] == new[n], range(shortest))))
    rest = shortest - same
    tail = len(list(takewhile(lambda n: old[-1 - n] == new[-1 - n], range(rest))))
    gone, come = old[same : len(old) - tail], new[same : len(new) - tail]
    found: list[Difference] = []
    for n in range(min(len(gone), len(come))):
        found += differences(gone[n], come[n], path / (same + n))
    both = same + min(len(gone), len(come))
    found += [
        Difference(path=path / (both + n), value=value, present=False)
        for n, value in enumerate(come[len(gone) :])
    ]
    found += [Difference(path=path / both, wanted=False) for _ in gone[len(come) :]]
    return found

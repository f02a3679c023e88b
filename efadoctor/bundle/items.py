"""The objects of one file, one at a time: the way that finds the bad one among the good."""

from collections.abc import Callable, Hashable, Iterable
from typing import Any, cast

import msgspec

from efadoctor.bundle.damage import DamageError
from efadoctor.bundle.json_text import decode
from efadoctor.bundle.limits import MAX_GAPS, MAX_NESTING
from efadoctor.model.coverage import Gap
from efadoctor.model.decoding import name_of, without_nulls
from efadoctor.model.inert import inert, inert_json, is_inert, is_surely_inert


class Gaps:
    """What is wrong with the objects of one file: so many are named, the others counted."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._gaps: list[Gap] = []
        self.count = 0

    def add(self, reason: str, place: str) -> None:
        self.count += 1
        if self.count <= MAX_GAPS:
            self._gaps.append(Gap(source=self._source, reason=inert(reason), place=inert(place)))

    def told(self) -> tuple[Gap, ...]:
        """Each gap, and how many more there are."""
        more = self.count - MAX_GAPS
        if more <= 0:
            return tuple(self._gaps)
        return (*self._gaps, Gap(source=self._source, reason=f"{more} more objects like these"))


def views_one_by_one(items: Iterable[msgspec.Raw], type_: type[Any], gaps: Gaps) -> tuple[Any, ...]:
    """The typed view of every item that has one; the others become gaps."""
    decoder = msgspec.json.Decoder(type_)
    views: list[Any] = []
    for number, raw in enumerate(items):
        item = bytes(raw)
        try:
            views.append(_view(item, decoder))
        except (msgspec.ValidationError, DamageError) as error:
            gaps.add(str(error), _name(item, number))
    return tuple(views)


def _view(item: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    try:
        view = decode(item, decoder)
        if is_surely_inert(item) or is_inert(view):
            return view
    except msgspec.ValidationError:
        pass  # explicit nulls are dropped below; what still does not fit is raised
    plain = decode(item, _PLAIN)
    try:
        return msgspec.convert(inert_json(without_nulls(plain)), decoder.type)
    except RecursionError:
        raise DamageError("nested too deeply") from None


_PLAIN = msgspec.json.Decoder()


def _name(item: bytes, number: int) -> str:
    try:
        return name_of(_PLAIN.decode(item), number)
    except (ValueError, RecursionError):
        return f"items[{number}]"


def unique(views: Iterable[Any], key: Callable[[Any], Hashable], gaps: Gaps) -> tuple[Any, ...]:
    """The views without those whose key was seen before (None is no key, "" a missing one)."""
    kept: list[Any] = []
    seen: set[Hashable] = set()
    for number, view in enumerate(views):
        name = key(view)
        if name is not None:
            if name == "":
                gaps.add("has no name", f"items[{number}]")
                continue
            if name in seen:
                gaps.add("occurs twice; the first is used", _words(name))
                continue
            seen.add(name)
        kept.append(view)
    return tuple(kept)


def _words(name: Hashable) -> str:
    if isinstance(name, tuple):
        return "/".join(str(part) for part in name if part)
    return str(name)


def without_the_deep(views: tuple[Any, ...], type_: type[Any], gaps: Gaps) -> tuple[Any, ...]:
    """The views whose free-form parts are nested no deeper than anything we know needs."""
    free = [f.name for f in msgspec.structs.fields(type_) if f.type is Any]
    if not free:
        return views
    kept: list[Any] = []
    for view in views:
        if any(_deeper_than(getattr(view, name), MAX_NESTING) for name in free):
            name = _words((view.metadata.namespace, view.metadata.name))
            gaps.add(f"nested more than {MAX_NESTING} levels deep", name)
        else:
            kept.append(view)
    return tuple(kept)


def _deeper_than(value: Any, levels: int) -> bool:
    """Level by level: no recursion, so any depth can be looked at."""
    level = [value]
    for _ in range(levels):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in cast(
                "Iterable[Any]", parent.values() if isinstance(parent, dict) else parent
            )
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def shape_error(error: msgspec.ValidationError) -> DamageError:
    """A file whose outermost shape is wrong."""
    return DamageError(f"not of its kind: {inert(str(error))}")

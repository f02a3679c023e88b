"""From raw JSON to typed views, one bad object at a time.

The fast way decodes a whole list at once. Where that fails (one object is of the wrong
shape) or where text is not inert, each object is taken alone: explicit nulls are dropped,
which is how the API server reads them, text is made inert, and what still does not fit
becomes a gap that names the object and the field.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from efadoctor.model.facts import Gap
from efadoctor.model.inert import inert, inert_json, is_inert


class Decoded(msgspec.Struct, frozen=True):
    """The views of one source, and the objects of it that could not be used."""

    views: tuple[Any, ...] = ()
    gaps: tuple[Gap, ...] = ()


def convert(items: Sequence[Any], type_: type[Any], source: str) -> Decoded:
    """Typed views of plain JSON objects."""
    try:
        views = msgspec.convert(items, tuple[type_, ...])  # type: ignore[valid-type]
    except (msgspec.ValidationError, RecursionError):
        return _one_by_one(items, type_, source)
    return Decoded(views) if is_inert(views) else _one_by_one(items, type_, source)


def _one_by_one(items: Iterable[Any], type_: type[Any], source: str) -> Decoded:
    views: list[Any] = []
    gaps: list[Gap] = []
    for number, item in enumerate(items):
        try:
            views.append(msgspec.convert(inert_json(without_nulls(item)), type_))
        except msgspec.ValidationError as error:
            gaps.append(Gap(source=source, reason=inert(str(error)), place=_name(item, number)))
        except RecursionError:
            gaps.append(Gap(source=source, reason="nested too deeply", place=_name(item, number)))
    return Decoded(tuple(views), tuple(gaps))


def without_nulls(value: Any) -> Any:
    """Plain JSON without members whose value is null, as the API server reads it."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [without_nulls(v) for v in value]
    return value


def _name(item: Any, number: int) -> str:
    if isinstance(item, dict) and isinstance(meta := item.get("metadata"), dict):
        parts = [str(meta[k]) for k in ("namespace", "name") if meta.get(k)]
        if parts:
            return inert("/".join(parts))[:200]
    return f"items[{number}]"

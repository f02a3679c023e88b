"""From raw JSON to typed views, one bad object at a time.

The fast way decodes a whole list at once. Where that fails (one object is of the wrong
shape) or where text is not inert, each object is taken alone: explicit nulls are dropped,
which is how the API server reads them, text is made inert, and what still does not fit
becomes a gap that names the object and the field.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from efadoctor.model.coverage import Gap
from efadoctor.model.errors import UnreadableInputError
from efadoctor.model.garbage import collection_paused
from efadoctor.model.inert import inert, inert_json, is_inert
from efadoctor.model.kubernetes import KubernetesObject
from efadoctor.model.reference import ObjectRef

T = TypeVar("T")


class Decoded(msgspec.Struct, frozen=True):
    """The views of one source, and the objects of it that could not be used."""

    views: tuple[Any, ...] = ()
    gaps: tuple[Gap, ...] = ()


class Undecoded:
    """Plain JSON objects of one source, typed on first use.

    An item that took another's place is a view already.
    """

    def __init__(self, items: Sequence[Any], type_: type[Any], source: str) -> None:
        self.items = items
        self._type = type_
        self._source = source
        self._decoded: Decoded | None = None

    @property
    def was_decoded(self) -> bool:
        return self._decoded is not None

    def __call__(self) -> Decoded:
        if self._decoded is None:
            self._decoded = self._decode()
        return self._decoded

    def _decode(self) -> Decoded:
        if not any(isinstance(item, self._type) for item in self.items):
            return convert(self.items, self._type, self._source)
        plain = [item for item in self.items if not isinstance(item, self._type)]
        decoded = convert(plain, self._type, self._source)
        placed = tuple(item for item in self.items if isinstance(item, self._type))
        return Decoded((*decoded.views, *placed), decoded.gaps)

    def replacing(self, views: Mapping[ObjectRef, Any]) -> "Undecoded":
        """The same with each view in the place of the object of its name, or added."""
        left = {(ref.namespace, ref.name): view for ref, view in views.items()}
        items = [left.pop(key, item) if (key := _identity(item)) else item for item in self.items]
        return Undecoded([*items, *left.values()], self._type, self._source)


def _identity(item: Any) -> tuple[str, str] | None:
    """Namespace and name of an object, view or plain; None where it has no name."""
    if isinstance(item, KubernetesObject):
        return (item.metadata.namespace, item.metadata.name)
    try:
        meta = item["metadata"]
        key = (meta.get("namespace") or "", meta["name"])
    except (TypeError, LookupError, AttributeError):
        return None
    return key if all(isinstance(part, str) for part in key) else None


def convert(items: Sequence[Any], type_: type[Any], source: str) -> Decoded:
    """Typed views of plain JSON objects."""
    with collection_paused():
        try:
            views = msgspec.convert(items, tuple[type_, ...])  # type: ignore[valid-type]
        except (msgspec.ValidationError, RecursionError):
            return _one_by_one(items, type_, source)
        return Decoded(views) if is_inert(views) else _one_by_one(items, type_, source)


def view_of(thing: Mapping[str, Any] | T, type_: type[T]) -> T:
    """One object that is given as a view or as plain JSON, as a view.

    Raises UnreadableInputError, with the place, where it is not of that type.
    """
    if isinstance(thing, type_):
        return thing
    decoded = convert([thing], type_, type_.__name__)
    if not decoded.views:
        gap = decoded.gaps[0]
        raise UnreadableInputError(f"not a {type_.__name__}: {gap.place}: {gap.reason}")
    view: T = decoded.views[0]
    return view


def _one_by_one(items: Iterable[Any], type_: type[Any], source: str) -> Decoded:
    views: list[Any] = []
    gaps: list[Gap] = []
    for number, item in enumerate(items):
        try:
            views.append(msgspec.convert(inert_json(without_nulls(item)), type_))
        except msgspec.ValidationError as error:
            gaps.append(Gap(source=source, reason=inert(str(error)), place=name_of(item, number)))
        except RecursionError:
            gaps.append(Gap(source=source, reason="nested too deeply", place=name_of(item, number)))
    return Decoded(tuple(views), tuple(gaps))


def without_nulls(value: Any) -> Any:
    """Plain JSON without members whose value is null, as the API server reads it."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [without_nulls(v) for v in value]
    return value


def name_of(item: Any, number: int) -> str:
    """How a message names an object of a list: by its own name, else by its index."""
    if isinstance(item, dict) and isinstance(meta := item.get("metadata"), dict):
        parts = [str(meta[k]) for k in ("namespace", "name") if meta.get(k)]
        if parts:
            return inert("/".join(parts))[:200]
    return f"items[{number}]"

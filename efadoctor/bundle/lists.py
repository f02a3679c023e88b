"""A Kubernetes List, or a single object, as bytes, to typed views.

All items are decoded at once straight into their views, which is what makes 50,000 pods
cost half a second; only where that fails is each item looked at alone.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec

from efadoctor.bundle.damage import DamageError
from efadoctor.bundle.items import (
    Gaps,
    shape_error,
    unique,
    views_one_by_one,
    without_the_deep,
)
from efadoctor.bundle.json_text import Bytes, checked, decode
from efadoctor.model.coverage import CoverageStatus
from efadoctor.model.decoding import Decoded
from efadoctor.model.facts import KubernetesSource, kubernetes_source
from efadoctor.model.inert import inert, is_inert, is_surely_inert
from efadoctor.model.kubernetes import KubernetesObject, Workload

T = TypeVar("T")


class ListMeta(msgspec.Struct, frozen=True):
    continue_: str | None = msgspec.field(default=None, name="continue")


class TypeMeta(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What every list and object says about itself; explicit nulls are as good as nothing."""

    api_version: str | None = None
    kind: str | None = None


class KubernetesList(TypeMeta, Generic[T], frozen=True, kw_only=True):
    """A list as the API server returns it, or an object, which has no items."""

    metadata: ListMeta | None = None
    items: tuple[T, ...] | msgspec.UnsetType | None = msgspec.UNSET
    reason: str | None = None
    message: str | None = None

    @property
    def is_cut(self) -> bool:
        """Whether the server holds more pages of this list."""
        return bool(self.metadata and self.metadata.continue_)


class Listing(msgspec.Struct, frozen=True):
    """The objects of one file, and whether the file says that there are more."""

    decoded: Decoded
    cut: bool = False


def read_list(raw: Bytes, source: KubernetesSource) -> Listing:
    """The objects of a JSON file of ``cluster/``. Raises DamageError where it has none."""
    raw = checked(raw)
    gaps = Gaps(source.name)
    found: KubernetesList[Any] | None = None
    try:
        found = decode(raw, _decoder(source))
        fits = is_surely_inert(raw) or is_inert(found.items or ())
    except msgspec.ValidationError:
        fits = False
    if found is not None and fits and isinstance(found.items, tuple):
        views: tuple[Any, ...] = found.items
    else:
        found = _loosely(raw)
        views = views_one_by_one(_items(found, raw, source), source.type, gaps)
    return _sorted_out(found, views, source, gaps)


@cache
def _decoder(source: KubernetesSource) -> msgspec.json.Decoder[KubernetesList[Any]]:
    of_views: Any = KubernetesList[source.type]  # type: ignore[name-defined]
    return msgspec.json.Decoder(of_views)


def _loosely(raw: Bytes) -> KubernetesList[msgspec.Raw]:
    try:
        return decode(raw, _LOOSE)
    except msgspec.ValidationError as error:
        raise shape_error(error) from None


_LOOSE = msgspec.json.Decoder(KubernetesList[msgspec.Raw])


def _items(
    found: KubernetesList[msgspec.Raw], raw: Bytes, source: KubernetesSource
) -> Sequence[msgspec.Raw]:
    if found.items is None:
        return ()
    if isinstance(found.items, tuple):
        return found.items
    if found.kind == source.kind:
        return (msgspec.Raw(bytes(raw)),)
    raise _other(found, source)


def _other(found: KubernetesList[Any], source: KubernetesSource) -> DamageError:
    """Why what was found is not a list of this source."""
    if found.kind == "Status":
        denied = found.reason in ("Forbidden", "Unauthorized")
        status = CoverageStatus.DENIED if denied else CoverageStatus.ERROR
        return DamageError(inert(found.message or found.reason or "an error"), "", status)
    what = f"{inert(found.kind)[:100]}" if found.kind else "something without kind and items"
    return DamageError(f"not of its kind: {what}, where a list of {source.kind} belongs")


def _sorted_out(
    found: KubernetesList[Any],
    views: tuple[Any, ...],
    source: KubernetesSource,
    gaps: Gaps,
) -> Listing:
    """The views that are of the source's kind, named and each there once."""
    api_version = source.api_version
    if isinstance(found.items, tuple) or found.items is None:
        if found.kind not in (None, "", "List", f"{source.kind}List"):
            raise _other(found, source)
        if found.kind == f"{source.kind}List" and found.api_version:
            api_version = found.api_version
    seen = len(views) + gaps.count
    views = _of_their_kind(views, source, api_version, gaps)
    views = without_the_deep(views, source.type, gaps)
    views = unique(views, _namespace_and_name, gaps)
    if seen and not views:
        gap = gaps.told()[0]
        raise DamageError(f"none of its {seen} objects can be used: {gap.reason}", gap.place)
    return Listing(Decoded(views, gaps.told()), found.is_cut)


def _namespace_and_name(view: KubernetesObject) -> tuple[str, str] | str:
    meta = view.metadata
    return (meta.namespace, meta.name) if meta.name else ""


def _of_their_kind(
    views: tuple[Any, ...], source: KubernetesSource, api_version: str, gaps: Gaps
) -> tuple[Any, ...]:
    """Items of ``NodeList`` need not say their kind; those that say another are left out."""
    kept: list[Any] = []
    right: set[tuple[str, str]] = set()
    for number, view in enumerate(views):
        said = (view.api_version, view.kind)
        if said not in right:
            kind = view.kind or source.kind
            version = view.api_version or api_version
            if kubernetes_source(version.rpartition("/")[0], kind) is not source:
                what = f"{version} {kind}"
                gaps.add(f"not of its kind: {what}", view.metadata.name or f"items[{number}]")
                continue
            if said != (version, kind):
                # just made and shared with nobody, so not yet anything that must not change
                msgspec.structs.force_setattr(view, "kind", kind)
                msgspec.structs.force_setattr(view, "api_version", version)
            else:
                right.add(said)
        kept.append(view)
    return tuple(kept)


def read_workloads(raw: Bytes) -> dict[str, Decoded]:
    """The workloads in a list that no source is named after, by source.

    Raises DamageError where it holds none.
    """
    raw = checked(raw)
    found = _loosely(raw)
    items = found.items if isinstance(found.items, tuple) else (msgspec.Raw(bytes(raw)),)
    groups: dict[str, tuple[KubernetesSource, list[msgspec.Raw]]] = {}
    for item in items:
        source = _workload_source(item)
        if source is not None:
            groups.setdefault(source.name, (source, []))[1].append(item)
    if not groups:
        raise DamageError("ignored: nothing in it is of a kind that is read")
    decoded: dict[str, Decoded] = {}
    for name, (source, raws) in groups.items():
        gaps = Gaps(name)
        views = views_one_by_one(raws, source.type, gaps)
        views = without_the_deep(views, source.type, gaps)
        views = unique(views, _namespace_and_name, gaps)
        decoded[name] = Decoded(views, gaps.told())
    return decoded


def _workload_source(item: msgspec.Raw) -> KubernetesSource | None:
    try:
        said = _TYPE_META.decode(item)
    except msgspec.ValidationError:
        return None
    source = kubernetes_source((said.api_version or "").rpartition("/")[0], said.kind or "")
    return source if source is not None and source.type is Workload else None


_TYPE_META = msgspec.json.Decoder(TypeMeta)

"""From manifests to typed objects, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from efadoctor.collect.manifests import Location, Manifest, Manifests, Problem, ProblemKind
from efadoctor.model.decoding import without_nulls
from efadoctor.model.facts import KubernetesSource, kubernetes_source
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.inert import inert
from efadoctor.model.kubernetes import KubernetesObject, Pod, PodStatus
from efadoctor.model.reference import ObjectRef, reference

_AT = re.compile(r" - at `(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.(?P<name>[^.\[]+)|\[(?P<index>\d+|\.\.\.)\]")


class Written(msgspec.Struct, frozen=True):
    """An object that was given as a manifest: typed, and where it stands."""

    view: KubernetesObject
    manifest: Manifest

    @property
    def ref(self) -> ObjectRef:
        return reference(self.view)


class Given(msgspec.Struct, frozen=True):
    """All objects of known kinds that were given, and what could not be used."""

    objects: tuple[Written, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, *types: type[Any]) -> tuple[Written, ...]:
        """The objects of some types, in the order in which they were given."""
        return tuple(w for w in self.objects if isinstance(w.view, types))


def written(manifests: Manifests, namespace: str) -> Given:
    """The objects of known kinds. ``namespace`` is meant where one is needed and not written.

    Of several with one name the last counts, as with ``kubectl apply``.
    """
    found: dict[tuple[str, ...], Written] = {}
    problems: list[Problem] = list(manifests.problems)
    notes: list[str] = []
    for manifest in manifests.objects:
        source = _source(manifest)
        if source is None:
            continue
        try:
            view = _named(_decoded(manifest, source), namespace, source)
        except _UnusableError as unusable:
            problems.append(_problem(manifest, unusable))
            continue
        ref = reference(view)
        key = (source.group, ref.kind, ref.namespace, ref.name)
        if key in found:
            notes.append(_twice(found[key], manifest))
            del found[key]
        found[key] = Written(view, manifest)
    return Given(tuple(found.values()), tuple(problems), tuple(notes))


def _source(manifest: Manifest) -> KubernetesSource | None:
    group = str(manifest.json.get("apiVersion", "")).rpartition("/")[0]
    return kubernetes_source(group, str(manifest.json.get("kind", "")))


class _UnusableError(Exception):
    """A manifest that is not of its kind: why, and at which field."""

    def __init__(self, reason: str, path: FieldPath) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path


def _decoded(manifest: Manifest, source: KubernetesSource) -> KubernetesObject:
    view: KubernetesObject
    try:
        view = _converted(manifest.json, source)
    except msgspec.ValidationError as error:
        text = str(error)
        where = _AT.search(text)
        reason = text[: where.start()] if where is not None else text
        raise _UnusableError(reason, _path(where["path"] if where else "")) from None
    # a pod that is given is judged as though it had no past
    return msgspec.structs.replace(view, status=PodStatus()) if isinstance(view, Pod) else view


def _converted(plain: Any, source: KubernetesSource) -> Any:
    try:
        return msgspec.convert(plain, source.type)
    except msgspec.ValidationError:
        # the API server reads an explicit null as nothing
        return msgspec.convert(without_nulls(plain), source.type)


def _path(text: str) -> FieldPath:
    """The field that a decoding error names: ``$.spec.tolerations[0].key``."""
    path = FieldPath()
    for match in _STEP.finditer(text.removeprefix("$")):
        if match["index"] == "...":
            break
        path /= int(match["index"]) if match["index"] else match["name"]
    return path


def _named(view: KubernetesObject, namespace: str, source: KubernetesSource) -> KubernetesObject:
    meta = view.metadata
    name = meta.name or (f"{meta.generate_name}xxxxx" if meta.generate_name else "")
    if not name:
        raise _UnusableError("it has no metadata.name", FieldPath.of("metadata"))
    own = (meta.namespace or namespace) if source.namespaced else ""
    named = msgspec.structs.replace(meta, name=name, namespace=own)
    return msgspec.structs.replace(view, metadata=named)


def _problem(manifest: Manifest, unusable: _UnusableError) -> Problem:
    at = f" at {unusable.path}" if unusable.path.steps else ""
    reason = inert(f"{_name(manifest.json)}: {unusable.reason}{at}")
    return Problem(ProblemKind.BROKEN, manifest.file, reason, manifest.where(unusable.path))


def _twice(first: Written, again: Manifest) -> str:
    before = line_of(first.manifest)
    return f"{again.where(FieldPath())}: {first.ref} was given before, at {before}; this one counts"


def line_of(manifest: Manifest) -> str:
    """The place of a whole object, as ``file:line``."""
    place: Location = manifest.where(FieldPath())
    return f"{place.file}:{place.line}"


def _name(plain: Mapping[str, Any]) -> str:
    meta = plain.get("metadata")
    name = meta.get("name") if isinstance(meta, Mapping) else None
    return f"{plain.get('kind')} {name}" if isinstance(name, str) else str(plain.get("kind"))


def kustomizations(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """The kustomization files among them: what is beside those may be bases and patches."""
    return tuple(
        m
        for m in manifests
        if str(m.json.get("apiVersion", "")).startswith("kustomize.config.k8s.io/")
    )

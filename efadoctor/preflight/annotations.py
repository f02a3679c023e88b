"""The annotations of given manifests that set findings aside, with their places."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from efadoctor.collect.manifests import Manifest
from efadoctor.model.errors import UnreadableInputError, UsageError
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.inert import inert
from efadoctor.model.kubernetes import DaemonSet, KubernetesObject, Workload
from efadoctor.model.reference import ObjectRef
from efadoctor.model.workloads import pod_from_template, templates
from efadoctor.preflight.subjects import Judged
from efadoctor.preflight.written import Given
from efadoctor.report.annotations import ANNOTATION, rules_for_pods_of, rules_on
from efadoctor.report.suppression import Rule

_FIELD = FieldPath.of("metadata", "annotations", ANNOTATION)


class Annotations:
    """The rules that given objects make. Raises UnreadableInputError with the place of a slip."""

    def __init__(self, given: Given, codes: Collection[str]) -> None:
        self._codes = codes
        self._views: dict[ObjectRef, KubernetesObject] = {w.ref: w.view for w in given.objects}
        self._about: list[Rule] = []
        for written in given.objects:
            for at, view in _annotated(written.view):
                try:
                    found = rules_on(view, codes)
                except UsageError as error:
                    raise _misplaced(written.manifest, at, str(error)) from None
                if not at.steps:
                    self._about += found

    def rules(self, judged: Judged) -> tuple[Rule, ...]:
        """The rules that hold for the report on one subject."""
        chain = (judged.subject.ref, *judged.subject.owners)
        views = [self._views[ref] for ref in dict.fromkeys(chain) if ref in self._views]
        return (*self._about, *rules_for_pods_of((judged.pod, *views), self._codes))


def _annotated(view: KubernetesObject) -> Iterator[tuple[FieldPath, KubernetesObject]]:
    """The object, and the pods of its templates, with the path at which each is written."""
    yield FieldPath(), view
    if isinstance(view, Workload) and not isinstance(view, DaemonSet):
        for located in templates(view):
            yield located.path, pod_from_template(view, located.template)


def _misplaced(manifest: Manifest, at: FieldPath, reason: str) -> UnreadableInputError:
    place = manifest.where(FieldPath((*at.steps, *_FIELD.steps)))
    return UnreadableInputError(inert(f"{place}: annotation {ANNOTATION}: {reason}"))

"""Leads evidence to the file, line and column in which its field is written."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.collect.manifests import Manifest
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.finding import Evidence, EvidenceSource, Finding, Severity
from efadoctor.model.reference import ObjectRef, reference
from efadoctor.model.report import Report
from efadoctor.preflight.subjects import PLAIN, Judged
from efadoctor.preflight.written import Given

_Key = tuple[str, str, str, str]


class Places:
    """Where each given object stands, and which objects were only assumed."""

    def __init__(self, given: Given, assumed: frozenset[ObjectRef]) -> None:
        self._manifests = {_key(w.ref): w.manifest for w in given.objects}
        self._assumed = assumed

    def located(self, report: Report, judged: Judged) -> Report:
        """The report with every finding led to its place; findings of an assumed pod go."""
        return msgspec.structs.replace(
            report,
            root_causes=tuple(self._finding(f, judged) for f in report.root_causes),
            warnings=tuple(
                self._finding(f, judged) for f in report.warnings if f.object.name != PLAIN
            ),
        )

    def _finding(self, finding: Finding, judged: Judged) -> Finding:
        evidence = [self._evidence(e, judged) for e in finding.evidence]
        if not any(e.location for e in evidence):
            evidence += self._beside(finding, judged)
        # what must change comes first: a face that shows one place shows that
        evidence.sort(key=lambda e: not (e.location and e.object == finding.object))
        return msgspec.structs.replace(finding, evidence=tuple(evidence))

    def _evidence(self, evidence: Evidence, judged: Judged) -> Evidence:
        if evidence.object in self._assumed:
            said = f"{evidence.note}; assumed" if evidence.note else "assumed"
            return msgspec.structs.replace(evidence, source=EvidenceSource.MANIFEST, note=said)
        found = self._field(evidence.object, evidence.field, judged)
        return evidence if found is None else _at(evidence, *found)

    def _field(
        self, ref: ObjectRef, field: str, judged: Judged
    ) -> tuple[Manifest, FieldPath] | None:
        """The manifest and the path in it of an object's field; None for what is elsewhere."""
        path = _path(field)
        if judged.manifest is not None and ref == reference(judged.pod):
            if judged.template.steps and path.steps[:1] == ("metadata",) and "name" in path.steps:
                return judged.manifest, path
            return judged.manifest, FieldPath((*judged.template.steps, *path.steps))
        manifest = self._manifests.get(_key(ref))
        if manifest is None or (path.steps[:1] == ("status",) and "status" not in manifest.json):
            return None
        return manifest, path

    def _beside(self, finding: Finding, judged: Judged) -> Iterator[Evidence]:
        """The object itself, else the one that waits, where nothing else has a place."""
        waits = "" if finding.severity is not Severity.ERROR else "this is what waits for it"
        for ref, note in ((finding.object, ""), (judged.subject.ref, waits)):
            found = self._field(ref, "metadata.name", judged)
            if found is not None:
                evidence = Evidence(object=ref, field="metadata.name", value=ref.name, note=note)
                yield _at(evidence, *found)
                return


def _key(ref: ObjectRef) -> _Key:
    return (ref.api_version.rpartition("/")[0], ref.kind, ref.namespace, ref.name)


def _path(field: str) -> FieldPath:
    try:
        return FieldPath.parse(field)
    except ValueError:
        return FieldPath()


def _at(evidence: Evidence, manifest: Manifest, path: FieldPath) -> Evidence:
    place = manifest.where(path)
    return msgspec.structs.replace(
        evidence,
        source=EvidenceSource.MANIFEST,
        location=f"{place.file}:{place.line}",
        column=place.column,
    )

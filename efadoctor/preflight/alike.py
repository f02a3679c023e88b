"""Pods that differ in nothing but their names are judged once, and each is told of itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from efadoctor.diagnosis.fingerprint import fingerprint_of
from efadoctor.model.finding import Finding
from efadoctor.model.fix import Edit, Fix, Patch, Recreation, SourceChange
from efadoctor.model.reference import ObjectRef, reference
from efadoctor.model.report import Report
from efadoctor.preflight.subjects import Judged


def likeness(judged: Judged) -> bytes | None:
    """Equal for pods of which the same can be said; None for one that is like no other.

    Names count where claims are made for a pod by its name.
    """
    pod, ref = judged.pod, judged.subject.ref
    if pod.spec.resource_claims or any(v.ephemeral for v in pod.spec.volumes):
        return None
    if judged.manifest is None or len(judged.subject.owners) > 1:
        return None
    owned = bool(judged.template.steps)
    what: tuple[Any, ...] = (ref.api_version, ref.kind, ref.namespace, owned, str(judged.template))
    meta = pod.metadata
    return msgspec.json.encode((*what, pod.spec, meta.labels, meta.annotations), order="sorted")


def retold(report: Report, first: Judged, other: Judged) -> Report:
    """The report on one pod as that on another that is like it."""
    names = {
        first.subject.ref: other.subject.ref,
        reference(first.pod): reference(other.pod),
    }
    words = {old.short: new.short for old, new in names.items()}
    tell = _Teller(names, words)
    return msgspec.structs.replace(
        report,
        subjects=(other.subject.ref,),
        summary=tell.text(report.summary),
        root_causes=tuple(map(tell.finding, report.root_causes)),
        warnings=tuple(map(tell.finding, report.warnings)),
        checks=tuple(
            msgspec.structs.replace(c, object=names[c.object]) if c.object in names else c
            for c in report.checks
        ),
    )


class _Teller:
    """Says of other objects what was said of some."""

    def __init__(self, names: dict[ObjectRef, ObjectRef], words: dict[str, str]) -> None:
        self._names = names
        self._words = words

    def text(self, text: str) -> str:
        for old, new in self._words.items():
            text = text.replace(old, new)
        return text

    def finding(self, finding: Finding) -> Finding:
        about = self._names.get(finding.object)
        key = finding.fingerprint
        if about is not None:
            lasting = next(iter(self._names.values())) if about.kind == "Pod" else about
            key = fingerprint_of(finding.code, lasting, finding.key)
        return msgspec.structs.replace(
            finding,
            object=about or finding.object,
            fingerprint=key,
            summary=self.text(finding.summary),
            chain=tuple(map(self.text, finding.chain)),
            evidence=tuple(
                msgspec.structs.replace(e, object=self._names.get(e.object, e.object))
                for e in finding.evidence
            ),
            fixes=tuple(map(self._fix, finding.fixes)),
        )

    def _fix(self, fix: Fix) -> Fix:
        return msgspec.structs.replace(
            fix,
            title=self.text(fix.title),
            edits=tuple(map(self._edit, fix.edits)),
            commands=tuple(map(self.text, fix.commands)),
            warning=self.text(fix.warning),
            after=self.text(fix.after),
        )

    def _edit(self, edit: Edit) -> Edit:
        if isinstance(edit, Patch | Recreation | SourceChange) and edit.target in self._names:
            return msgspec.structs.replace(edit, target=self._names[edit.target])
        return edit


def once_each(reports: Iterable[Report]) -> tuple[Report, ...]:
    """The reports with every subject named once."""
    return tuple(
        msgspec.structs.replace(r, subjects=tuple(dict.fromkeys(r.subjects))) for r in reports
    )

"""SARIF 2.1.0, for code scanning: one result a cause, suppressed ones kept.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; what GitHub reads of it:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from efadoctor.authoring import Check
from efadoctor.model.finding import Evidence, Finding, Severity
from efadoctor.model.report import Report, Suppressed
from efadoctor.packs import installed_checks
from efadoctor.report import wording
from efadoctor.report.reports import InputProblem, Reports, Style
from efadoctor.report.unread import unread
from efadoctor.version import __version__

_HOME = "https://github.com/efadoctor/efadoctor"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

Json = dict[str, Any]


def render(reports: Reports, _style: Style) -> str:
    """The log with one run."""
    return json.dumps(_log(reports), indent=2) + "\n"


def _log(reports: Reports) -> Json:
    suppressed = _suppressed(reports.reports)
    shown = [*reports.findings, *(s.finding for s in suppressed)]
    codes = sorted({f.code for f in shown})
    results = [_result(f, codes) for f in reports.findings]
    results += [_set_aside(s, codes) for s in suppressed]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(codes, shown)},
                "invocations": [_invocation(reports)],
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _suppressed(reports: Iterable[Report]) -> list[Suppressed]:
    found = {(s.finding.fingerprint, s.finding.object): s for r in reports for s in r.suppressed}
    return list(found.values())


def _driver(codes: Iterable[str], findings: Iterable[Finding]) -> Json:
    checks = {c.code: c for c in installed_checks()}
    examples = {f.code: f for f in findings}
    return {
        "name": "efadoctor",
        "semanticVersion": __version__,
        "informationUri": _HOME,
        "rules": [_rule(examples[code], checks.get(code)) for code in codes],
    }


def _rule(finding: Finding, check: Check | None) -> Json:
    title = wording.one_line(finding.title) or finding.code
    rule: Json = {
        "id": finding.code,
        "name": finding.check or finding.code,
        "shortDescription": {"text": title},
        "defaultConfiguration": {"level": _level(finding)},
        "properties": {"tags": ["efa", finding.stage.value]},
    }
    if finding.docs.startswith("https://"):
        rule["helpUri"] = finding.docs
    if check is not None:
        rule["help"] = {"text": check.page, "markdown": check.page}
    return rule


def _level(finding: Finding) -> str:
    return _LEVELS[finding.severity or Severity.ERROR]


def _result(finding: Finding, codes: list[str]) -> Json:
    text = " ".join(t for t in (wording.one_line(finding.summary), wording.advice(finding)) if t)
    result: Json = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": _level(finding),
        "message": {"text": text},
        "locations": [_location(finding)],
        # GitHub tracks an alert by the first; the second is ours for everybody else
        "partialFingerprints": {
            "primaryLocationLineHash": finding.fingerprint,
            "efadoctor/v1": finding.fingerprint,
        },
    }
    places = [e for e in finding.evidence if wording.location(e) is not None]
    if len(places) > 1:
        result["relatedLocations"] = [_related(e) for e in places[1:]]
    return result


def _set_aside(suppressed: Suppressed, codes: list[str]) -> Json:
    why = suppressed.reason or f"--ignore {suppressed.rule}"
    suppression = {"kind": "external", "status": "accepted", "justification": why}
    return _result(suppressed.finding, codes) | {"suppressions": [suppression]}


def _location(finding: Finding) -> Json:
    """The object by name, and where in a file it is written, if it is."""
    ref = finding.object
    path = "/".join(p for p in (ref.namespace, ref.kind, ref.name) if p)
    named: Json = {
        "logicalLocations": [
            {"name": ref.name, "fullyQualifiedName": path, "kind": "resource"},
        ]
    }
    place = wording.location_of(finding)
    return named if place is None else named | {"physicalLocation": _physical(place)}


def _physical(place: wording.Location) -> Json:
    """A place; code scanning wants it relative to the repository, where the run began."""
    region = {"startLine": place.line}
    if place.column is not None:
        region["startColumn"] = place.column
    return {"artifactLocation": {"uri": quote(_relative(place.file))}, "region": region}


def _relative(file: str) -> str:
    path = PurePath(os.path.normpath(file))
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _related(evidence: Evidence) -> Json:
    place = wording.location(evidence)
    assert place is not None  # noqa: S101  (only evidence with a place comes here)
    text = f"{evidence.field}: {wording.value_text(evidence.value)}"
    return {"physicalLocation": _physical(place), "message": {"text": text}}


def _invocation(reports: Reports) -> Json:
    """Whether the run could judge, what it could not read, and what it took for granted."""
    notes = [_unreadable(p) for p in reports.problems]
    notes += [
        _note("warning", f"not read: {source} ({group.why})")
        for report in reports.reports
        for group in unread(report)
        for source in group.sources
    ]
    notes += [_note("note", f"assumed: {wording.assumption_text(a)}") for a in reports.assumptions]
    notes += [_note("warning", wording.one_line(n)) for n in reports.notes]
    unique = {json.dumps(n): n for n in notes}
    return {
        "executionSuccessful": not reports.problems,
        "toolExecutionNotifications": list(unique.values()),
    }


def _note(level: str, text: str) -> Json:
    return {"level": level, "message": {"text": text}}


def _unreadable(problem: InputProblem) -> Json:
    place = wording.Location(problem.file, problem.line or 1, problem.column)
    physical = _physical(place)
    if problem.line is None:
        del physical["region"]
    return _note("error", wording.one_line(problem.reason)) | {
        "locations": [{"physicalLocation": physical}]
    }

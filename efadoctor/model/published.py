"""The published JSON form of a report (docs/report.schema.json). Fields are only ever added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from efadoctor.model.coverage import Coverage, CoverageStatus
from efadoctor.model.finding import Awaited, Evidence, Finding
from efadoctor.model.fix import (
    AwsCall,
    ChartValues,
    Command,
    Creation,
    Deletion,
    Edit,
    Fix,
    Patch,
    Recreation,
    SourceChange,
)
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import CheckResult, PathReport, Plan, Report

REPORT_SCHEMA = "efadoctor.report/v1"
REPORTS_SCHEMA = "efadoctor.reports/v1"

Json = dict[str, Any]


def published_reports(reports: Sequence[Report]) -> Json:
    """Many reports under one roof."""
    return {"schema": REPORTS_SCHEMA, "reports": [published_report(r) for r in reports]}


def published_report(report: Report) -> Json:
    """One report as plain JSON."""
    return {
        "schema": REPORT_SCHEMA,
        "generated_at": report.generated_at,
        "version": report.version,
        "source": _source(report),
        "subjects": [
            {"kind": s.kind, "namespace": s.namespace, "name": s.name} for s in report.subjects
        ],
        "verdict": report.verdict.value,
        "summary": report.summary,
        "root_causes": [published_finding(f) for f in report.root_causes],
        "warnings": [published_finding(f) for f in report.warnings],
        "awaited": [_awaited(a) for a in report.awaited],
        "paths": [_path(p) for p in report.paths],
        "plan": _plan(report.plan),
        "scheduler": msgspec.structs.asdict(report.scheduler),
        "checks": [_check(c) for c in report.checks],
        "coverage": [_coverage(c) for c in report.coverage],
        "graph": {
            "nodes": list(report.graph.nodes),
            "edges": [list(edge) for edge in report.graph.edges],
        },
        "gang": msgspec.structs.asdict(report.gang) if report.gang is not None else None,
        "suppressed": [
            {"rule": s.rule, "reason": s.reason, "finding": published_finding(s.finding)}
            for s in report.suppressed
        ],
        "assumptions": [msgspec.structs.asdict(a) for a in report.assumptions],
    }


def _source(report: Report) -> Json:
    return {
        "kind": report.source.kind,
        "context": report.source.context,
        "cluster": report.source.cluster,
        "region": report.source.region,
        "captured_at": report.source.captured_at,
        "server_version": report.server_version or None,
    }


def _awaited(awaited: Awaited) -> Json:
    return {
        "what": awaited.what,
        "since": awaited.since,
        "until": awaited.until,
        "evidence": [_evidence(e) for e in awaited.evidence],
    }


def _path(path: PathReport) -> Json:
    return {
        "kind": path.id.kind.value,
        "name": path.id.name,
        "nodes": path.nodes,
        "blockers": list(path.blockers),
        "chosen": path.chosen,
    }


def _check(result: CheckResult) -> Json:
    return {
        "check": result.check,
        "code": result.code,
        "status": result.status.value,
        "object": published_reference(result.object) if result.object else None,
        "summary": result.summary,
    }


def _coverage(coverage: Coverage) -> Json:
    """Read in part counts as read; the detail says which part."""
    if coverage.status is CoverageStatus.PARTIAL:
        detail = f"in part: {coverage.detail}"
        return {"source": coverage.source, "status": CoverageStatus.READ.value, "detail": detail}
    return {
        "source": coverage.source,
        "status": coverage.status.value,
        "detail": coverage.detail,
    }


def _plan(plan: Plan | None) -> Json | None:
    if plan is None:
        return None
    return {
        "fixes": [[s.finding, s.fix] for s in plan.steps],
        "verified": plan.verified,
        "steps": [{"fix": [s.finding, s.fix], "after": s.after} for s in plan.steps],
        "why": plan.why,
    }


def published_reference(ref: ObjectRef) -> Json:
    return {
        "api_version": ref.api_version,
        "kind": ref.kind,
        "namespace": ref.namespace,
        "name": ref.name,
    }


def published_finding(finding: Finding) -> Json:
    """One finding as plain JSON."""
    return {
        "code": finding.code,
        "fingerprint": finding.fingerprint,
        "title": finding.title,
        "severity": finding.severity.value if finding.severity else "error",
        "stage": finding.stage.value,
        "object": published_reference(finding.object),
        "summary": finding.summary,
        "chain": list(finding.chain),
        "evidence": [_evidence(e) for e in finding.evidence],
        "fixes": [published_fix(f) for f in finding.fixes],
        "docs": finding.docs,
    }


def _evidence(evidence: Evidence) -> Json:
    return {
        "object": published_reference(evidence.object),
        "field": evidence.field,
        "value": _plain(evidence.value),
        "expected": _plain(evidence.expected),
        "source": evidence.source.value,
        "location": evidence.location,
        "column": evidence.column,
        "note": evidence.note,
    }


def published_fix(fix: Fix) -> Json:
    """One fix as plain JSON."""
    return {
        "title": fix.title,
        "commands": list(fix.commands),
        "dry_runs": list(fix.dry_runs),
        "patches": [p for p in map(_patch, fix.edits) if p is not None],
        "manifest": fix.manifest,
        "diff": fix.diff or None,
        "risk": fix.risk.value,
        "warning": fix.warning,
        "verified": fix.verified,
        "after": fix.after or fix.unprovable,
    }


def _patch(edit: Edit) -> Json | None:
    match edit:
        case (
            Patch(target=target, operations=operations)
            | Recreation(target=target, operations=operations)
        ):
            kind, body = "json", _plain(operations)
        case SourceChange(target=target, operations=operations):
            kind, body = "source", _plain(operations)
        case Deletion(target=target):
            kind, body = "delete", None
        case Creation(body=manifest):
            target = _named_by(manifest)
            kind, body = "create", _plain(manifest)
        case ChartValues(target=target, values=values):
            kind, body = "helm-values", _plain(values)
        case AwsCall(service=service, operation=operation, parameters=parameters):
            target = ObjectRef(f"aws/{service}", operation, "", "")
            kind, body = "aws", _plain(parameters)
        case Command():
            return None
    return {"target": published_reference(target), "type": kind, "body": body}


def _plain(value: Any) -> Any:
    """Views and tuples as the objects and lists that JSON has."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _named_by(manifest: Mapping[str, Any]) -> ObjectRef:
    meta = manifest.get("metadata", {})
    return ObjectRef(
        str(manifest.get("apiVersion", "")),
        str(manifest.get("kind", "")),
        str(meta.get("namespace", "")),
        str(meta.get("name", "")),
    )

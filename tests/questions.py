"""Asks one check of our pack about a cluster, by its code."""

from __future__ import annotations

from typing import Any

import msgspec
from clusters import Cluster

from efadoctor import diagnose
from efadoctor.diagnosis.case import open_case
from efadoctor.diagnosis.examination import Examination, examine
from efadoctor.diagnosis.subject import find_subject
from efadoctor.graph import CheckGraph
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.finding import Finding
from efadoctor.model.report import Report
from efadoctor.model.snapshot import Snapshot
from efadoctor.packs import installed_checks

TRAINER = "ml/trainer"


def ask(code: str, cluster: Cluster, subject: str = TRAINER) -> Examination:
    """What the check of this code says, asked alone."""
    check = next(c for c in installed_checks() if c.code == code)
    alone = msgspec.structs.replace(check, explains=(), requires=())
    snapshot = cluster.snapshot()
    case = open_case(snapshot, find_subject(snapshot, subject)).case
    found = examine(case, CheckGraph([alone]))
    for finding in found.findings:
        evidence_resolves(snapshot, finding)
    return found


def status(code: str, cluster: Cluster) -> str:
    """``pass``, ``fail``, ``warn`` or ``unknown``."""
    (result,) = ask(code, cluster).results
    return result.status.value


def one(code: str, cluster: Cluster) -> Finding:
    """The only finding of the check."""
    (finding,) = ask(code, cluster).findings
    return finding


def report(cluster: Cluster, subject: str = TRAINER) -> Report:
    return diagnose(cluster.snapshot(), subject)


def causes(cluster: Cluster) -> list[tuple[str, str]]:
    """The root causes as code and name, as a whole diagnosis names them."""
    return [(f.code, f.object.name) for f in report(cluster).root_causes]


def seen(finding: Finding) -> dict[str, Any]:
    """The evidence by field."""
    return {e.field: e.value for e in finding.evidence}


def evidence_resolves(snapshot: Snapshot, finding: Finding) -> None:
    """Every field path leads somewhere, or its parent does and the value is None."""
    for evidence in finding.evidence:
        thing = snapshot.find(evidence.object)
        assert thing is not None, evidence
        path = FieldPath.parse(evidence.field)
        try:
            path.resolve(thing)
        except LookupError:
            assert evidence.value is None, evidence
            FieldPath(path.steps[:-1]).resolve(thing)

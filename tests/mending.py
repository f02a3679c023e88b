"""Applies a check's own fix to a copy of the cluster, and asks the check again."""

from __future__ import annotations

import msgspec
from clusters import Cluster
from questions import TRAINER, one

from efadoctor.diagnosis.case import open_case
from efadoctor.diagnosis.examination import examine
from efadoctor.diagnosis.subject import find_subject
from efadoctor.fix.apply import apply_all
from efadoctor.graph import CheckGraph
from efadoctor.packs import installed_checks


def left_after_fix(code: str, cluster: Cluster, number: int = 0) -> int:
    """How many findings the check has once that fix of its only finding is applied."""
    fix = one(code, cluster).fixes[number]
    assert fix.edits, fix
    snapshot = apply_all(cluster.snapshot(), fix.edits).after
    check = next(c for c in installed_checks() if c.code == code)
    alone = CheckGraph([msgspec.structs.replace(check, explains=(), requires=())])
    case = open_case(snapshot, find_subject(snapshot, TRAINER)).case
    examined = examine(case, alone)
    assert not examined.unknown()
    return len(examined.findings)

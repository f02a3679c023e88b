"""Which fix of each finding the plan takes: the first that goes together with the others'."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from efadoctor.model.edits import plain
from efadoctor.model.finding import Finding
from efadoctor.model.fix import Command, Edit, Fix, Patch, Recreation
from efadoctor.model.kubernetes import Pod
from efadoctor.model.reference import ObjectRef
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.workloads import owners


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A finding's fix by their indices; ``conflict`` says why none of its fixes would do."""

    finding: int
    fix: int = 0
    conflict: str = ""


def choose_fixes(snapshot: Snapshot, findings: Sequence[Finding]) -> tuple[Choice, ...]:
    """One choice for each finding that has a fix, in their order."""
    remade = _remade(findings)
    chosen: list[Choice] = []
    written: dict[tuple[ObjectRef, str], tuple[Any, str]] = {}
    for number, finding in enumerate(findings):
        if not finding.fixes:
            continue
        lost = [_is_lost(snapshot, fix, remade) for fix in finding.fixes]
        order = sorted(range(len(lost)), key=lost.__getitem__)
        conflicts = {n: _conflict(finding.fixes[n], written) for n in order}
        best = next((n for n in order if not conflicts[n]), None)
        if best is None:
            chosen.append(Choice(finding=number, conflict=conflicts[order[0]]))
            continue
        chosen.append(Choice(finding=number, fix=best))
        for key, value in _writes(finding.fixes[best].edits).items():
            written.setdefault(key, (value, finding.code))
    return tuple(chosen)


def _remade(findings: Iterable[Finding]) -> frozenset[ObjectRef]:
    """The workloads whose pods some finding's first fix replaces."""
    edits = [e for f in findings for e in (f.fixes[0].edits if f.fixes else ())]
    return frozenset(
        e.target for e in edits if isinstance(e, Patch | Recreation) and e.target.kind != "Pod"
    )


def _is_lost(snapshot: Snapshot, fix: Fix, remade: frozenset[ObjectRef]) -> bool:
    """Whether a fix changes a pod in place that another fix makes anew from its template."""
    for edit in fix.edits:
        if isinstance(edit, Patch) and edit.target.kind == "Pod":
            pod = snapshot.find(edit.target)
            if isinstance(pod, Pod) and remade & set(owners(snapshot, pod)):
                return True
    return False


def _conflict(fix: Fix, written: dict[tuple[ObjectRef, str], tuple[Any, str]]) -> str:
    for key, value in _writes(fix.edits).items():
        if key in written and written[key][0] != value:
            target, pointer = key
            return (
                f"the fix of {written[key][1]} sets {pointer} of {target.short} to something else"
            )
    return ""


def _writes(edits: Iterable[Edit]) -> dict[tuple[ObjectRef, str], Any]:
    """The fields that edits set. What adds to a list or a mapping goes with anything."""
    found: dict[tuple[ObjectRef, str], Any] = {}
    for edit in edits:
        if isinstance(edit, Command):
            found |= _writes(edit.effect)
        if not isinstance(edit, Patch | Recreation):
            continue
        for operation in edit.operations:
            value = plain(operation.value) if operation.value is not msgspec.UNSET else None
            collects = operation.op == "add" and isinstance(value, list | dict)
            if operation.op in ("add", "replace") and operation.path[-2:] != "/-" and not collects:
                found[edit.target, operation.path] = value
    return found

"""Fixes of findings outside the plan (warnings): rendered, and each tried by itself.

A fix that does not apply is left out. One after which the pod would be kept from a node, or
more from it than before, comes last and says so.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from efadoctor.fix.bench import (
    Attempt,
    Bench,
    Judge,
    Outcome,
    can_be_tried,
    identity,
    is_small,
)
from efadoctor.fix.keepers import with_sources
from efadoctor.fix.render.commands import rendered
from efadoctor.fix.told import UNTRIED, beyond
from efadoctor.fix.words import sentence
from efadoctor.model.finding import Finding, Severity
from efadoctor.model.fix import Fix
from efadoctor.model.snapshot import Snapshot


def rendered_alone(snapshot: Snapshot, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings with each fix rendered and none of them tried."""
    return tuple(
        msgspec.structs.replace(f, fixes=tuple(rendered(snapshot, x) for x in f.fixes))
        for f in (with_sources(snapshot, f) for f in findings)
    )


def tried_alone(
    snapshot: Snapshot, findings: Sequence[Finding], judge: Judge
) -> tuple[Finding, ...]:
    """The findings with each fix rendered and tried on a copy of its own.

    ``judge`` says what would become of the pod, and every finding that would remain.
    """
    if not any(f.fixes for f in findings):
        return tuple(findings)
    bench = Bench(snapshot, judge)
    before = bench.attempt(bench.start, ()).outcome if is_small(snapshot) else None
    return tuple(_tried(bench, before, with_sources(snapshot, f)) for f in findings)


def _tried(bench: Bench, before: Outcome | None, finding: Finding) -> Finding:
    found = [told for x in finding.fixes if (told := _told(bench, before, finding, x)) is not None]
    ordered = sorted(found, key=lambda fix: fix.after.startswith(_WORSE))
    return msgspec.structs.replace(finding, fixes=tuple(ordered))


_WORSE = "Not without harm:"


def _told(bench: Bench, before: Outcome | None, finding: Finding, fix: Fix) -> Fix | None:
    """The fix with what its trial showed; None where it does not apply."""
    told = rendered(bench.as_read, fix)
    if not can_be_tried(fix):
        return msgspec.structs.replace(told, after=beyond(fix) if fix.unprovable else "")
    if before is None:
        said = "" if bench.refusal(fix.edits) else UNTRIED
        return msgspec.structs.replace(told, after=said) if said else None
    attempt = bench.attempt(bench.start, fix.edits)
    if attempt.refused:
        return None
    harm = _harm(before, attempt.outcome)
    after = f"{_WORSE} {sentence(harm)}" if harm else _after(finding, attempt)
    verified = not harm and attempt.outcome.removed(finding)
    return msgspec.structs.replace(told, verified=verified, after=after)


def _harm(before: Outcome, after: Outcome) -> str:
    """What would newly keep the pod from a node, "" for nothing."""
    if before.feasible and not after.feasible:
        return after.message or "no node would take the pod any more"
    known = {identity(f) for f in before.remaining}
    blocking = (f for f in after.remaining if f.severity is Severity.ERROR)
    new = (f for f in blocking if identity(f) not in known)
    return next((f"{f.code}, {f.summary}" for f in new), "")


def _after(finding: Finding, attempt: Attempt) -> str:
    words = [sentence(s) for s in attempt.said]
    gone = attempt.outcome.removed(finding)
    return " ".join([*words, "Nothing of this is left." if gone else "Something of this is left."])

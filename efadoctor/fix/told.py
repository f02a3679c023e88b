"""What a plan says of each fix: how it fared, and its commands as they fit by then."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from efadoctor.fix.bench import Attempt, Bench, can_be_tried, is_small
from efadoctor.fix.change import Change
from efadoctor.fix.render.commands import rendered
from efadoctor.fix.run import Run
from efadoctor.fix.selection import Choice
from efadoctor.fix.words import sentence
from efadoctor.model.finding import Finding
from efadoctor.model.fix import Fix
from efadoctor.model.snapshot import Snapshot

UNTRIED = "Not tried: on a cluster of this size only the fix that comes first is."


def filled(
    bench: Bench,
    findings: Sequence[Finding],
    whole: Run,
    fewest: Run,
    choices: Sequence[Choice],
) -> tuple[Finding, ...]:
    """Every fix of every finding with commands, manifest, verified and after."""
    places = {c.finding: (r, n) for r in (whole, fewest) for n, c in enumerate(r.choices)}
    conflicts = {c.finding: c.conflict for c in choices if c.conflict}
    filled: list[Finding] = []
    for number, finding in enumerate(findings):
        run, place = places.get(number, (fewest, len(fewest.choices)))
        before = run.before[place] if place < len(run.before) else bench.start
        fixes: list[Fix] = []
        for index, fix in enumerate(finding.fixes):
            if place < len(run.choices) and run.choices[place].fix == index:
                together = run is fewest and bool(run.outcome.feasible)
                attempt = run.attempts[place]
                fixes.append(_told(before.after, finding, fix, attempt, together=together))
            elif number in conflicts:
                said = f"Conflicts: {sentence(conflicts[number])}"
                told = rendered(bench.as_read, fix)
                fixes.append(msgspec.structs.replace(told, verified=False, after=said))
            else:
                fixes.append(_alternative(bench, before, finding, fix))
        filled.append(msgspec.structs.replace(finding, fixes=tuple(fixes)))
    return tuple(filled)


def _alternative(bench: Bench, before: Change, finding: Finding, fix: Fix) -> Fix:
    """Another fix in place of the chosen one, tried where that is cheap."""
    if can_be_tried(fix) and is_small(before.after):
        return _told(before.after, finding, fix, bench.attempt(before, fix.edits))
    said = UNTRIED if can_be_tried(fix) else beyond(fix)
    return msgspec.structs.replace(rendered(before.after, fix), after=said)


def _told(
    snapshot: Snapshot, finding: Finding, fix: Fix, attempt: Attempt, *, together: bool = False
) -> Fix:
    """A fix with what its attempt showed, rendered as it fits the state before it.

    ``together``: a step that the pod cannot fit without, though others had to follow.
    """
    edits = fix.edits if attempt.refused else attempt.edits
    told = rendered(snapshot, msgspec.structs.replace(fix, edits=edits))
    return msgspec.structs.replace(
        told,
        verified=_is_verified(finding, fix, attempt, together=together),
        after=after_of(fix, attempt),
    )


def _is_verified(finding: Finding, fix: Fix, attempt: Attempt, *, together: bool) -> bool | None:
    if not can_be_tried(fix):
        return None
    return not attempt.refused and (together or attempt.outcome.removed(finding))


def after_of(fix: Fix, attempt: Attempt) -> str:
    """What the pod does once a fix is applied, or why no copy can show that."""
    return attempt.after if can_be_tried(fix) else beyond(fix)


def beyond(fix: Fix) -> str:
    """Why no copy can show what a fix does."""
    why = fix.unprovable or "what it does lies outside of what efadoctor has read"
    return f"No copy can show the effect. {sentence(why)}"

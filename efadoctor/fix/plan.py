"""Plans fixes: tries them in order on a copy, leaves out what is not needed, says what follows.

``Fix.verified``: applied to the copy in plan order, it removes its own finding.
``Plan.verified``: the pod is schedulable after the last step.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from efadoctor.fix.bench import Attempt, Bench, Judge, Outcome, can_be_tried, identity
from efadoctor.fix.change import Change
from efadoctor.fix.keepers import with_sources
from efadoctor.fix.rebase import does_nothing
from efadoctor.fix.render.commands import rendered
from efadoctor.fix.selection import Choice, choose_fixes
from efadoctor.fix.words import sentence
from efadoctor.model.finding import Finding
from efadoctor.model.fix import Fix
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.report import Plan, PlanStep
from efadoctor.model.snapshot import Snapshot

MANY_NODES = 500
MANY_PODS = 5_000
"""From so many on, alternatives are shown and not tried: each costs a judgement."""

_UNTRIED = "Not tried: on a cluster of this size only the fix that comes first is."


class _Run(msgspec.Struct, frozen=True, kw_only=True):
    """Chosen fixes tried one after another; ``before`` is the state each was tried on."""

    choices: tuple[Choice, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    before: tuple[Change, ...] = ()

    @property
    def outcome(self) -> Outcome:
        done = [a for a in self.attempts if not a.refused]
        return done[-1].outcome if done else Outcome()


def planned(
    snapshot: Snapshot, causes: tuple[Finding, ...], judge: Judge
) -> tuple[tuple[Finding, ...], Plan]:
    """The causes with every fix rendered and tried, and the plan that removes them.

    ``judge`` says what would become of the pod on a copy of the snapshot.
    """
    findings = tuple(with_sources(snapshot, f) for f in causes)
    bench = Bench(snapshot, judge)
    choices = choose_fixes(snapshot, findings)
    whole = _run(bench, findings, tuple(c for c in choices if not c.conflict))
    needed = _needed(bench, findings, whole)
    filled = _filled(bench, findings, whole, needed, choices)
    steps = tuple(
        PlanStep(finding=choice.finding, fix=choice.fix, after=attempt.after)
        for choice, attempt in zip(needed.choices, needed.attempts, strict=True)
    )
    verified = _verdict(findings, needed)
    why = "" if verified else _why(findings, choices, needed)
    return filled, Plan(steps=steps, verified=verified, why=why)


def rendered_alone(snapshot: Snapshot, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings outside the plan (warnings), each fix rendered and none of them tried."""
    return tuple(
        msgspec.structs.replace(f, fixes=tuple(rendered(snapshot, x) for x in f.fixes))
        for f in (with_sources(snapshot, f) for f in findings)
    )


# ---- trying -----------------------------------------------------------------


def _run(bench: Bench, findings: Sequence[Finding], choices: tuple[Choice, ...]) -> _Run:
    state = bench.start
    attempts: list[Attempt] = []
    before: list[Change] = []
    for choice in choices:
        before.append(state)
        attempt = bench.attempt(state, _fix(findings, choice).edits)
        attempts.append(attempt)
        state = attempt.state
    return _Run(choices=choices, attempts=tuple(attempts), before=tuple(before))


def _needed(bench: Bench, findings: Sequence[Finding], whole: _Run) -> _Run:
    """The run without what can be left out: dearest first, and what is done already."""
    kept = tuple(c for c, a in zip(whole.choices, whole.attempts, strict=True) if not _idle(a))
    run = whole if len(kept) == len(whole.choices) else _run(bench, findings, kept)
    if not run.outcome.feasible or len(run.choices) == 1:
        return run
    dearest = sorted(run.choices, key=lambda c: (-findings[c.finding].change.cost, -c.finding))
    for choice in dearest:
        others = tuple(c for c in run.choices if c != choice)
        if not others:
            break
        if _without(bench, findings, run, choice).outcome.feasible:
            run = _run(bench, findings, others)
    return run


def _without(bench: Bench, findings: Sequence[Finding], run: _Run, choice: Choice) -> Attempt:
    """Where the run's other fixes lead, judged once at their end."""
    place = run.choices.index(choice)
    edits = [e for c in run.choices[place + 1 :] for e in _fix(findings, c).edits]
    return bench.attempt(run.before[place], edits)


def _idle(attempt: Attempt) -> bool:
    """Earlier steps did all that this one would do."""
    return bool(attempt.edits) and not attempt.refused and all(map(does_nothing, attempt.edits))


def _fix(findings: Sequence[Finding], choice: Choice) -> Fix:
    return findings[choice.finding].fixes[choice.fix]


# ---- filling ----------------------------------------------------------------


def _filled(
    bench: Bench,
    findings: Sequence[Finding],
    whole: _Run,
    needed: _Run,
    choices: Sequence[Choice],
) -> tuple[Finding, ...]:
    """Every fix of every finding with commands, manifest, verified and after."""
    places = {c.finding: (r, n) for r in (whole, needed) for n, c in enumerate(r.choices)}
    conflicts = {c.finding: c.conflict for c in choices if c.conflict}
    filled: list[Finding] = []
    for number, finding in enumerate(findings):
        run, place = places.get(number, (needed, len(needed.choices)))
        before = run.before[place] if place < len(run.before) else bench.start
        fixes: list[Fix] = []
        for index, fix in enumerate(finding.fixes):
            if place < len(run.choices) and run.choices[place].fix == index:
                fixes.append(_told(before.after, finding, fix, run.attempts[place]))
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
    after = before.after
    small = len(after.all(Node)) <= MANY_NODES and len(after.all(Pod)) <= MANY_PODS
    if can_be_tried(fix) and small:
        return _told(before.after, finding, fix, bench.attempt(before, fix.edits))
    said = _UNTRIED if can_be_tried(fix) else _beyond(fix)
    return msgspec.structs.replace(rendered(before.after, fix), after=said)


def _told(snapshot: Snapshot, finding: Finding, fix: Fix, attempt: Attempt) -> Fix:
    """A fix with what its attempt showed, rendered as it fits the state before it."""
    edits = fix.edits if attempt.refused else attempt.edits
    told = rendered(snapshot, msgspec.structs.replace(fix, edits=edits))
    return msgspec.structs.replace(
        told, verified=_is_verified(finding, fix, attempt), after=_after(fix, attempt)
    )


def _is_verified(finding: Finding, fix: Fix, attempt: Attempt) -> bool | None:
    if not can_be_tried(fix):
        return None
    return not attempt.refused and attempt.outcome.removed(finding)


def _after(fix: Fix, attempt: Attempt) -> str:
    return attempt.after if can_be_tried(fix) else _beyond(fix)


def _beyond(fix: Fix) -> str:
    why = fix.unprovable or "what it does lies outside of what efadoctor has read"
    return f"No copy can show the effect: {sentence(why)}"


def _verdict(findings: Sequence[Finding], run: _Run) -> bool | None:
    """None where a step cannot be tried, or where nothing is known for what remains."""
    tried = all(can_be_tried(_fix(findings, c)) for c in run.choices)
    if run.outcome.feasible:
        return True if tried else None
    stuck = any(not f.fixes for f in findings) or any(map(_no_copy_helps, _new(findings, run)))
    return False if tried and not stuck else None


def _new(findings: Sequence[Finding], run: _Run) -> tuple[Finding, ...]:
    """What is in the way after the last step and was not seen before the first."""
    known = {identity(f) for f in findings}
    return tuple(r for r in run.outcome.remaining if identity(r) not in known)


def _no_copy_helps(finding: Finding) -> bool:
    return bool(finding.fixes) and not can_be_tried(finding.fixes[0])


def _why(findings: Sequence[Finding], choices: Sequence[Choice], run: _Run) -> str:
    """What the plan does not do, and what else is needed."""
    said = [
        f"{findings[c.finding].code} is left out: {sentence(c.conflict)}"
        for c in choices
        if c.conflict
    ]
    said += [f"No fix is known for {f.code} on {f.object.short}." for f in findings if not f.fixes]
    for choice, attempt in zip(run.choices, run.attempts, strict=True):
        fix = _fix(findings, choice)
        if not can_be_tried(fix):
            said.append(_beyond(fix))
        elif attempt.refused:
            said.append(f"{findings[choice.finding].code}: {sentence(attempt.refused)}")
    for remaining in _new(findings, run):
        said.append(f"Then {remaining.code} is in the way: {sentence(remaining.summary)}")
        said += [_beyond(f) for f in remaining.fixes[:1] if not can_be_tried(f)]
    if not said and run.outcome.message:
        said.append(f"The pod would still wait: {sentence(run.outcome.message)}")
    return " ".join(dict.fromkeys(said))


__all__ = ["Outcome", "planned", "rendered_alone"]

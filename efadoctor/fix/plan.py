"""Plans fixes: tries them in order on a copy, leaves out what is not needed, says what follows.

``Fix.verified``: applied to the copy in plan order, it removes its own finding.
``Plan.verified``: the pod is schedulable after the last step.
"""

from __future__ import annotations

from collections.abc import Sequence

from efadoctor.fix.bench import Bench, Judge, Outcome, can_be_tried
from efadoctor.fix.keepers import with_sources
from efadoctor.fix.run import Run, fix_of, needed
from efadoctor.fix.selection import Choice
from efadoctor.fix.told import after_of, beyond, filled
from efadoctor.fix.uncovered import drafted, left_over
from efadoctor.fix.words import sentence
from efadoctor.model.finding import Finding
from efadoctor.model.report import Plan, PlanStep
from efadoctor.model.snapshot import Snapshot


def planned(
    snapshot: Snapshot, causes: tuple[Finding, ...], judge: Judge
) -> tuple[tuple[Finding, ...], Plan]:
    """The causes with every fix rendered and tried, and the plan that removes them.

    After them come the causes that only their fixes uncover. ``judge`` says what would become
    of the pod on a copy of the snapshot.
    """
    bench = Bench(snapshot, judge)
    sourced = tuple(with_sources(snapshot, f) for f in causes)
    draft = drafted(bench, sourced)
    findings, choices, whole = draft.findings, draft.choices, draft.whole
    fewest = needed(bench, findings, whole)
    steps = tuple(
        PlanStep(
            finding=choice.finding,
            fix=choice.fix,
            after=after_of(fix_of(findings, choice), attempt),
        )
        for choice, attempt in zip(fewest.choices, fewest.attempts, strict=True)
    )
    verified = _verdict(findings, fewest)
    why = "" if verified else _why(findings, choices, fewest)
    told = filled(bench, findings, whole, fewest, choices)
    return told, Plan(steps=steps, verified=verified, why=why)


def _verdict(findings: tuple[Finding, ...], done: Run) -> bool | None:
    """None where a step cannot be tried, or where nothing is known for what remains."""
    tried = all(can_be_tried(fix_of(findings, c)) for c in done.choices)
    if done.outcome.feasible:
        return True if tried else None
    left = left_over(findings, done)
    stuck = any(not f.fixes for f in findings) or any(map(_no_copy_helps, left))
    return False if tried and not stuck else None


def _no_copy_helps(finding: Finding) -> bool:
    return bool(finding.fixes) and not can_be_tried(finding.fixes[0])


def _why(findings: tuple[Finding, ...], choices: Sequence[Choice], done: Run) -> str:
    """What the plan does not do, and what else is needed."""
    said = [
        f"{findings[c.finding].code} is left out: {sentence(c.conflict)}"
        for c in choices
        if c.conflict
    ]
    said += [f"No fix is known for {f.code} on {f.object.short}." for f in findings if not f.fixes]
    for choice, attempt in zip(done.choices, done.attempts, strict=True):
        fix = fix_of(findings, choice)
        if not can_be_tried(fix):
            said.append(beyond(fix))
        elif attempt.refused:
            said.append(f"{findings[choice.finding].code}: {sentence(attempt.refused)}")
    for remaining in left_over(findings, done):
        said.append(f"Then {remaining.code} is in the way: {sentence(remaining.summary)}")
        said += [beyond(f) for f in remaining.fixes[:1] if not can_be_tried(f)]
    if not said and done.outcome.message:
        said.append(f"The pod would still wait: {sentence(done.outcome.message)}")
    return " ".join(dict.fromkeys(said))


__all__ = ["Outcome", "planned"]

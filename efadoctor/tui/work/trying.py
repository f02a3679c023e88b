"""Judges one subject, on a snapshot or on a copy of it where some fixes have been made."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from efadoctor.authoring import Check
from efadoctor.diagnosis import diagnose
from efadoctor.fix.alone import rendered_alone
from efadoctor.fix.bench import Bench, Outcome
from efadoctor.fix.keepers import with_sources
from efadoctor.model.finding import Finding
from efadoctor.model.report import CheckResult
from efadoctor.model.snapshot import Snapshot
from efadoctor.tui.work.judgement import Choice, Judged

_MOST_EDITS, _MOST_FINDINGS = 20, 40
"""What is rendered of findings that nobody may ever look at."""

Tell = Callable[[CheckResult], None]


def judge(
    snapshot: Snapshot, subject: str, tell: Tell, checks: Sequence[Check] | None = None
) -> Judged:
    """The report on a subject; ``tell`` hears of each check as it ends.

    ``checks`` default to those of every installed pack.

    Raises SubjectNotFoundError.
    """
    raw: dict[str, Finding] = {}

    def observe(_check: Check, result: CheckResult, found: tuple[Finding, ...]) -> None:
        raw.update((f.fingerprint, f) for f in found)
        tell(result)

    report = diagnose(snapshot, subject, checks=checks, observe=observe)
    told = {f.fingerprint for f in (*report.root_causes, *report.warnings)}
    others = [f for f in raw.values() if f.fingerprint not in told]
    return Judged(report=report, snapshot=snapshot, raw=raw, others=_rendered(snapshot, others))


def _rendered(snapshot: Snapshot, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings with the commands of their fixes, where that is not too many."""
    few = [f for f in findings if sum(len(x.edits) for x in f.fixes) <= _MOST_EDITS]
    many = [f for f in findings if f not in few]
    return (*rendered_alone(snapshot, few[:_MOST_FINDINGS]), *few[_MOST_FINDINGS:], *many)


def judge_with(
    first: Judged,
    subject: str,
    choices: Sequence[Choice],
    tell: Tell,
    checks: Sequence[Check] | None = None,
) -> Judged:
    """``first`` judged again on a copy of its snapshot in which the chosen fixes are made.

    What the cluster does by itself after each is part of the copy.
    """
    bench = Bench(first.snapshot, lambda _: Outcome())
    state = bench.start
    refused: list[str] = []
    for choice in choices:
        finding = first.raw.get(choice.fingerprint)
        if finding is None:
            continue
        fixes = with_sources(first.snapshot, finding).fixes
        if choice.fix >= len(fixes):
            continue
        attempt = bench.attempt(state, fixes[choice.fix].edits)
        state = attempt.state
        if attempt.refused:
            refused.append(attempt.refused)
    again = judge(state.after, subject, tell, checks)
    return msgspec.structs.replace(
        again, choices=tuple(choices), said=state.said, refused=tuple(refused)
    )

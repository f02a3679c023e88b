"""Chosen fixes tried one after another, and those of them that are needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from efadoctor.fix.bench import Attempt, Bench, Outcome, can_be_tried, identity, is_small
from efadoctor.fix.change import Change
from efadoctor.fix.keepers import with_sources
from efadoctor.fix.rebase import does_nothing
from efadoctor.fix.selection import Choice, choose_fixes
from efadoctor.model.finding import Finding
from efadoctor.model.fix import Fix


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Chosen fixes tried one after another; ``before`` is the state each was tried on."""

    choices: tuple[Choice, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    before: tuple[Change, ...] = ()

    @property
    def outcome(self) -> Outcome:
        done = [a for a in self.attempts if not a.refused]
        return done[-1].outcome if done else Outcome()


def run(bench: Bench, findings: Sequence[Finding], choices: tuple[Choice, ...]) -> Run:
    """Each choice on the state that the ones before it left."""
    state = bench.start
    attempts: list[Attempt] = []
    before: list[Change] = []
    for choice in choices:
        before.append(state)
        attempt = bench.attempt(state, fix_of(findings, choice).edits)
        attempts.append(attempt)
        state = attempt.state
    return Run(choices=choices, attempts=tuple(attempts), before=tuple(before))


def needed(bench: Bench, findings: Sequence[Finding], whole: Run) -> Run:
    """The run without what can be left out: dearest first, and what is done already."""
    kept = tuple(c for c, a in zip(whole.choices, whole.attempts, strict=True) if not _idle(a))
    fewest = whole if len(kept) == len(whole.choices) else run(bench, findings, kept)
    if not fewest.outcome.feasible or len(fewest.choices) == 1:
        return fewest
    dearest = sorted(fewest.choices, key=lambda c: (-findings[c.finding].change.cost, -c.finding))
    for choice in dearest:
        others = tuple(c for c in fewest.choices if c != choice)
        if not others:
            break
        if _without(bench, findings, fewest, choice).outcome.feasible:
            fewest = run(bench, findings, others)
    return fewest


def _without(bench: Bench, findings: Sequence[Finding], whole: Run, choice: Choice) -> Attempt:
    """Where the run's other fixes lead, judged once at their end."""
    place = whole.choices.index(choice)
    edits = [e for c in whole.choices[place + 1 :] for e in fix_of(findings, c).edits]
    return bench.attempt(whole.before[place], edits)


def _idle(attempt: Attempt) -> bool:
    """Earlier steps did all that this one would do."""
    return bool(attempt.edits) and not attempt.refused and all(map(does_nothing, attempt.edits))


def fix_of(findings: Sequence[Finding], choice: Choice) -> Fix:
    """The fix that a choice stands for."""
    return findings[choice.finding].fixes[choice.fix]


# ---- other fixes than those that came first ---------------------------------


def up_to_date(
    bench: Bench, findings: tuple[Finding, ...]
) -> tuple[tuple[Finding, ...], tuple[Choice, ...], Run]:
    """The findings with fixes that fit where the earlier ones have been made; how those fare.

    A limit is raised for the node that would be made: once the pod asks for less, that is
    another one. A fix that removes its finding as it is stays.
    """
    for attempts_left in reversed(range(len(findings) + 1)):
        choices = choose_fixes(bench.as_read, findings)
        whole = run(bench, findings, tuple(c for c in choices if not c.conflict))
        found = _outdated(findings, whole) if attempts_left else None
        if found is None:
            break
        number, fixes = found
        new = msgspec.structs.replace(findings[number], fixes=fixes)
        findings = (*findings[:number], new, *findings[number + 1 :])
    return findings, choices, _with_alternatives(bench, findings, whole)


def _outdated(findings: Sequence[Finding], whole: Run) -> tuple[int, tuple[Fix, ...]] | None:
    """The first finding that its fix left or only moved, with the fixes that it has by then."""
    tried = {c.finding: a for c, a in zip(whole.choices, whole.attempts, strict=True)}
    last: Attempt | None = None
    for number, finding in enumerate(findings):
        attempt = tried.get(number)
        left = attempt is None or attempt.refused or _still(attempt.outcome, finding)
        if last is not None and left:
            fresh = _still(last.outcome, finding)
            fixes = with_sources(last.state.after, fresh).fixes if fresh is not None else ()
            if fixes and fixes != finding.fixes:
                return number, fixes
        last = attempt if attempt is not None and not attempt.refused else last
    return None


def _still(outcome: Outcome, finding: Finding) -> Finding | None:
    """The finding as it stands on a copy, or another of its code about the same object."""
    same = (r for r in outcome.remaining if identity(r) == identity(finding))
    akin = (r for r in outcome.remaining if (r.code, r.object) == (finding.code, finding.object))
    return next(same, None) or next(akin, None)


def _with_alternatives(bench: Bench, findings: Sequence[Finding], whole: Run) -> Run:
    """Where the fixes that came first are not enough: one exchanged for another of its finding.

    For one with which the pod fits, else for one that no copy can show.
    """
    tried = all(can_be_tried(fix_of(findings, c)) for c in whole.choices)
    if whole.outcome.feasible or not tried or not is_small(bench.as_read):
        return whole
    doubtful: Run | None = None
    for place, choice in _exchangeable(findings, whole):
        exchanged = run(
            bench, findings, (*whole.choices[:place], choice, *whole.choices[place + 1 :])
        )
        if exchanged.outcome.feasible:
            return exchanged
        if doubtful is None and not can_be_tried(fix_of(findings, choice)):
            doubtful = exchanged
    return doubtful or whole


def _exchangeable(findings: Sequence[Finding], whole: Run) -> Iterator[tuple[int, Choice]]:
    """Every other fix with the place of the choice that it would stand for, what failed first."""

    def removed(place: int) -> bool:
        attempt = whole.attempts[place]
        finding = findings[whole.choices[place].finding]
        return not attempt.refused and attempt.outcome.removed(finding)

    for place in sorted(range(len(whole.choices)), key=removed):
        choice = whole.choices[place]
        for number in range(len(findings[choice.finding].fixes)):
            if number != choice.fix:
                yield place, msgspec.structs.replace(choice, fix=number)

"""Causes that show only once others are removed: a pool of no EFA type hides a missing plugin.

What nothing could be launched for, nobody could judge: neither the limit that the node would
exceed, nor the plugin that would not start there. Where fixes of such causes open the way,
the plan goes on with them.
"""

from __future__ import annotations

import msgspec

from efadoctor.fix.bench import Bench, can_be_tried, identity
from efadoctor.fix.keepers import with_sources
from efadoctor.fix.run import Run, fix_of, up_to_date
from efadoctor.fix.selection import Choice
from efadoctor.model.finding import Finding

_ROUNDS = 4
"""Each uncovers what the one before it left in the way."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The findings with fixes that fit together, the fix taken of each, how those fare."""

    findings: tuple[Finding, ...]
    choices: tuple[Choice, ...]
    whole: Run


def drafted(bench: Bench, findings: tuple[Finding, ...]) -> Draft:
    """The findings, and after them those uncovered, if their fixes then open the way.

    Or all but what no copy can show: capacity that EC2 may have.
    """
    first = draft = _draft(bench, findings)
    for _ in range(_ROUNDS):
        more = _uncovered(draft)
        if not more:
            break
        draft = _draft(bench, (*draft.findings, *more))
    return draft if draft.whole.outcome.feasible or _is_beyond(draft) else first


def _draft(bench: Bench, findings: tuple[Finding, ...]) -> Draft:
    found, choices, whole = up_to_date(bench, findings)
    return Draft(findings=found, choices=choices, whole=whole)


def left_over(findings: tuple[Finding, ...], done: Run) -> tuple[Finding, ...]:
    """What is in the way after the last step and was not seen before the first."""
    known = {identity(f) for f in findings}
    return tuple(r for r in done.outcome.remaining if identity(r) not in known)


def _is_beyond(draft: Draft) -> bool:
    """Whether all that is left in the way is what no copy can show."""
    left = left_over(draft.findings, draft.whole)
    return bool(left) and not any(f.fixes and can_be_tried(f.fixes[0]) for f in left)


def _uncovered(draft: Draft) -> tuple[Finding, ...]:
    """What is left over, if fixes that can be tried led there and it has some itself."""
    left = left_over(draft.findings, draft.whole)
    steps = [fix_of(draft.findings, c) for c in draft.whole.choices]
    own = [f.fixes[0] for f in left if f.fixes]
    if draft.whole.outcome.feasible or len(own) != len(left):
        return ()
    if not all(map(can_be_tried, (*steps, *own))) or not draft.whole.attempts:
        return ()
    state = draft.whole.attempts[-1].state.after
    return tuple(with_sources(state, f) for f in left)

"""The chain from a pod to its fabric: every check in its stage, causes linked to consequences.

``Chain`` is what is to be drawn; ``chain_drawing`` lays it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from efadoctor.model.finding import Stage
from efadoctor.model.report import CheckStatus, Report, Verdict
from efadoctor.tui.drawing.states import State, state_of

if TYPE_CHECKING:
    from efadoctor.authoring import Check

_WORST_FIRST = (
    State.FAILED,
    State.UNKNOWN,
    State.WARNING,
    State.RUNNING,
    State.PENDING,
    State.PASSED,
    State.SKIPPED,
)


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One check that has something to say, or the unknown ones of a stage together.

    ``root``: it is a root cause of the report. ``key`` names it; ``checks`` are the checks
    that it stands for.
    """

    key: str
    label: str
    name: str
    stage: Stage
    state: State
    root: bool = False
    checks: tuple[str, ...] = ()


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """Every check's state by stage, the links, and the edges from causes to consequences.

    ``outcome`` is what it all comes to, and its style; "" while that is not known.
    """

    stages: Mapping[Stage, tuple[State, ...]]
    links: tuple[Link, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()
    outcome: str = ""
    outcome_style: str = ""

    def stage_state(self, stage: Stage) -> State:
        """The state of a stage: the worst of its checks'."""
        states = self.stages.get(stage, ())
        return next((s for s in _WORST_FIRST if s in states), State.SKIPPED)

    def consequences(self, key: str) -> tuple[Link, ...]:
        """What follows from a link."""
        after = [b for a, b in self.edges if a == key]
        return tuple(link for link in self.links if link.key in after)


_OUTCOMES = {
    Verdict.BLOCKED: ("Pending", "$fail bold"),
    Verdict.WAITING: ("Waiting", "$warn bold"),
    Verdict.SCHEDULABLE: ("Schedulable", "$pass bold"),
    Verdict.SCHEDULED: ("Scheduled", "$pass bold"),
    Verdict.UNKNOWN: ("Unknown", "$unknown bold"),
}


def chain_of(
    checks: Iterable[Check], states: Mapping[str, State], report: Report | None = None
) -> Chain:
    """The chain of these checks as far as they are; with a report, its roots and its verdict."""
    known = tuple(sorted(checks, key=lambda c: (c.stage.rank, c.code, c.name)))
    stages: dict[Stage, list[State]] = {stage: [] for stage in Stage}
    for check in known:
        stages[check.stage].append(states.get(check.name, State.PENDING))
    roots = {f.check for f in report.root_causes} if report is not None else set()
    links = tuple(_links(known, states, roots))
    outcome, style = _OUTCOMES[report.verdict] if report is not None else ("", "")
    return Chain(
        stages={stage: tuple(found) for stage, found in stages.items()},
        links=links,
        edges=tuple(_edges(known, links)),
        outcome=outcome,
        outcome_style=style,
    )


def states_of(report: Report) -> dict[str, State]:
    """Each check's state, by name, as a report has it."""
    return {r.check: state_of(r.status) for r in report.checks}


def states_so_far(checks: Iterable[str], ended: Mapping[str, CheckStatus]) -> dict[str, State]:
    """Each check's state, by name, while they are asked in this order: the next one runs."""
    states = {name: state_of(status) for name, status in ended.items()}
    following = next((name for name in checks if name not in states), None)
    return states if following is None else states | {following: State.RUNNING}


def _links(
    checks: tuple[Check, ...], states: Mapping[str, State], roots: set[str]
) -> Iterable[Link]:
    unknown: dict[Stage, list[str]] = {}
    for check in checks:
        state = states.get(check.name, State.PENDING)
        if state is State.UNKNOWN:
            unknown.setdefault(check.stage, []).append(check.name)
        if state in (State.FAILED, State.WARNING):
            yield Link(
                key=check.name,
                label=check.code,
                name=check.name,
                stage=check.stage,
                state=state,
                root=check.name in roots,
                checks=(check.name,),
            )
    for stage, names in unknown.items():
        codes = [c.code for c in checks if c.name in names]
        alone = len(names) == 1
        yield Link(
            key=f"unknown in {stage.value}",
            label=codes[0] if alone else f"{len(names)} unknown",
            name=names[0] if alone else "",
            stage=stage,
            state=State.UNKNOWN,
            checks=tuple(names),
        )


def _edges(checks: tuple[Check, ...], links: tuple[Link, ...]) -> Iterable[tuple[str, str]]:
    failed = {link.key for link in links if link.state is State.FAILED}
    for check in checks:
        if check.name in failed:
            yield from ((check.name, s) for s in check.explains if s in failed)

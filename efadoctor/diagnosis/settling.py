"""Settles on a path and its plan, where the plan may uncover more causes than showed before.

A path counts with all that it needs: where what its first fixes uncover makes another path
the one of less change, that is taken.
"""

from __future__ import annotations

import msgspec

from efadoctor.diagnosis.case import OpenCase
from efadoctor.diagnosis.examination import Examination
from efadoctor.diagnosis.root_cause import Obstacles, choose, idle_marked
from efadoctor.diagnosis.subject import Subject
from efadoctor.diagnosis.trial import Trials
from efadoctor.diagnosis.verdict import Decision, decide, had_time_to_launch
from efadoctor.fix.plan import planned
from efadoctor.graph import CheckGraph
from efadoctor.model.finding import PathId
from efadoctor.model.report import Plan, Verdict


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """The decision with its causes' fixes tried, the path it is about, the ways with all causes."""

    decision: Decision
    chosen: Obstacles | None
    ways: tuple[Obstacles, ...]
    plan: Plan | None = None


def settle(
    opened: OpenCase,
    examination: Examination,
    ways: tuple[Obstacles, ...],
    subject: Subject,
    graph: CheckGraph,
) -> Settled:
    """The path of least change, and how to open it; each path is planned once at most.

    Another path than the first is taken only where its plan opens it for all that is known.
    """
    known: dict[PathId, Settled] = {}
    in_time = had_time_to_launch(opened.case.snapshot, opened.case.pod)
    ways = idle_marked(ways, had_its_time=in_time)
    while True:
        chosen = choose(ways)
        if chosen is not None and chosen.path.id in known:
            return msgspec.structs.replace(known[chosen.path.id], ways=ways)
        decision = decide(opened, examination, chosen)
        found = Settled(decision=decision, chosen=chosen, ways=ways)
        if chosen is not None and decision.verdict is Verdict.BLOCKED:
            trials = Trials(subject=subject, graph=graph, path=chosen.path.id)
            causes, plan = planned(opened.case.snapshot, decision.causes, trials)
            whole = msgspec.structs.replace(chosen, causes=causes)
            ways = tuple(whole if w is chosen else w for w in ways)
            decision = decide(opened, examination, whole)
            found = Settled(decision=decision, chosen=whole, ways=ways, plan=plan)
        if known and (found.plan is None or found.plan.verified is False):
            return next(iter(known.values()))
        if chosen is None or found.plan is None:
            return found
        known[chosen.path.id] = found

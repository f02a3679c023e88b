"""What a check reads is what it declares, and what it declares it cannot do without.

Every check is asked about every state of the tests, each time about a snapshot that is watched
and in which nothing was derived before.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from clusters import broken
from facts_of import facts_of
from states import TRAINER, State, states
from watched import Watched

from efadoctor.authoring import Answer, Case, Check, Finding, Stage
from efadoctor.diagnosis.case import open_case
from efadoctor.diagnosis.examination import examine
from efadoctor.diagnosis.subject import find_subject
from efadoctor.graph import CheckGraph
from efadoctor.model import aws
from efadoctor.model.facts import sources_of
from efadoctor.model.kubernetes import DaemonSet, Namespace, Workload
from efadoctor.model.report import CheckStatus
from efadoctor.model.snapshot import Snapshot
from efadoctor.packs import installed_checks

CHECKS = installed_checks()


def declared(check: Check) -> frozenset[type[Any]]:
    """What a check may ask for.

    Instances lie in their reservations. Owners are whatever kinds the references name, and
    a check that follows them to workloads comes by DaemonSets as well.
    """
    found = {*check.needs, *check.uses}
    if found & {aws.Instance, aws.Reservation}:
        found |= {aws.Instance, aws.Reservation}
    if Workload in found:
        found.add(DaemonSet)
    return frozenset(found)


def asked(check: Check, case: Case) -> tuple[set[type[Any]], tuple[Answer, ...]]:
    """The types that the check asked for, and its answers."""
    asked_for: set[type[Any]] = set()
    watched = msgspec.structs.replace(case, snapshot=Watched.of(case.snapshot, asked_for))
    return asked_for, tuple(check.ask(watched))


def can_be_asked(check: Check, case: Case) -> bool:
    return all(case.snapshot.was_read(t) for t in check.needs)


@cache
def shown_by() -> dict[str, State]:
    """For each code a state in which its check finds something."""
    found: dict[str, State] = {}
    for state in states():
        case = state.case()
        for check in CHECKS:
            if check.code not in found and can_be_asked(check, case):
                answers = asked(check, case)[1]
                if any(isinstance(a, Finding) for a in answers):
                    found[check.code] = state
    return found


@pytest.mark.parametrize("state", states(), ids=repr)
def test_a_check_reads_no_other_facts_than_it_declares(state: State) -> None:
    case = state.case()
    hidden = {
        check.code: sorted(t.__name__ for t in extra)
        for check in CHECKS
        if can_be_asked(check, case) and (extra := asked(check, case)[0] - declared(check))
    }
    assert hidden == {}


def test_a_check_that_hides_what_it_reads_is_caught() -> None:
    def hiding(case: Case) -> list[Answer]:
        case.snapshot.replacing(*case.snapshot.all(aws.Subnet)).get(Namespace, "ml")
        return []

    check = Check(
        code="X1", name="hiding", stage=Stage.POD, severity=CHECKS[0].severity, page="",
        ask=hiding, needs=(aws.Subnet,),
    )  # fmt: skip
    case = states()[-1].case()
    assert asked(check, case)[0] - declared(check) == {Namespace}


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.code)
def test_some_state_shows_each_cause(check: Check) -> None:
    assert check.code in shown_by()


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.code)
def test_nothing_is_found_in_a_healthy_cluster(check: Check) -> None:
    snapshot = broken().snapshot()
    case = open_case(snapshot, find_subject(snapshot, TRAINER)).case
    assert asked(check, case)[1] == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "need"),
    [(c, t) for c in CHECKS for t in c.needs],
    ids=lambda v: v.code if isinstance(v, Check) else v.__name__,
)
def test_without_a_fact_that_it_needs_a_check_cannot_tell(check: Check, need: type[Any]) -> None:
    case = shown_by()[check.code].case()
    unread = {s.name for s in sources_of(aws.Reservation if need is aws.Instance else need)}
    facts = facts_of(case.snapshot, without=unread)
    blind = msgspec.structs.replace(case, snapshot=Snapshot(facts, now=case.snapshot.now))
    alone = CheckGraph([msgspec.structs.replace(check, explains=(), requires=())])
    (result,) = examine(blind, alone).results
    assert result.status is CheckStatus.UNKNOWN
    assert any(name in result.summary for name in unread)


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.code)
def test_a_near_miss_of_each_cause_is_tested(check: Check) -> None:
    """Some test of its module asserts that it finds nothing, or is no cause."""
    module = Path(__file__).parent / f"test_{check.name.replace('-', '_')}.py"
    asserted = [
        ast.unparse(statement.test)
        for statement in ast.walk(ast.parse(module.read_text()))
        if isinstance(statement, ast.Assert)
    ]
    nothing = ("== ()", "== []", "== 'pass'", "not in ", "== set()", "== 'schedulable'")
    assert any(words in text for text in asserted for words in nothing)

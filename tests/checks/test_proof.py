"""What is shown is there, and what is proved can be proved again: over every state of the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from questions import evidence_resolves
from states import State, states

from efadoctor import diagnose
from efadoctor.fix.apply import apply_all
from efadoctor.fix.consequences import settle
from efadoctor.model.finding import Finding
from efadoctor.model.fix import Fix
from efadoctor.model.report import Report
from efadoctor.model.snapshot import Snapshot


def tried(report: Report) -> Iterator[tuple[int, Finding, Fix]]:
    """Every fix of a root cause that says it was proved, with its finding's place in the plan."""
    steps = report.plan.steps if report.plan is not None else ()
    for place, step in enumerate(steps):
        finding = report.root_causes[step.finding]
        yield from ((place, finding, fix) for fix in finding.fixes if fix.verified)


def before(report: Report, snapshot: Snapshot, place: int) -> Snapshot:
    """The state in which the plan's step at this place is taken."""
    assert report.plan is not None
    done = snapshot
    for step in report.plan.steps[:place]:
        edits = report.root_causes[step.finding].fixes[step.fix].edits
        done = settle(apply_all(done, edits), snapshot).after
    return done


@pytest.mark.parametrize("state", states(), ids=repr)
def test_every_field_that_is_shown_as_evidence_is_there(state: State) -> None:
    snapshot = state.read()
    report = diagnose(snapshot, state.subject)
    for finding in (*report.root_causes, *report.warnings):
        evidence_resolves(snapshot, finding)


@pytest.mark.parametrize("state", states(), ids=repr)
def test_a_fix_that_was_proved_removes_its_finding_when_it_is_carried_out(state: State) -> None:
    snapshot = state.read()
    report = diagnose(snapshot, state.subject)
    for place, finding, fix in tried(report):
        done = settle(apply_all(before(report, snapshot, place), fix.edits), snapshot).after
        again = diagnose(done, state.subject)
        left = {f.fingerprint for f in again.root_causes}
        assert finding.fingerprint not in left, f"{finding.code}: {fix.title}"

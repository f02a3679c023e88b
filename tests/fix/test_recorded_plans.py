"""Plans of recorded states: proved, or the reason why no copy can prove them; carried out by hand."""

import pytest
from fix.recorded import report_of, scenarios, snapshot_of

from efadoctor import diagnose
from efadoctor.fix.apply import apply_all
from efadoctor.fix.bench import can_be_tried
from efadoctor.fix.consequences import settle
from efadoctor.model.report import Verdict

DONE = {Verdict.SCHEDULABLE, Verdict.WAITING}


@pytest.mark.parametrize("scenario", scenarios())
def test_a_plan_is_proved_or_says_why_no_copy_can_prove_it(scenario: str) -> None:
    report = report_of(scenario)
    if report.verdict is not Verdict.BLOCKED:
        assert report.plan is None
        return
    assert report.plan is not None
    assert report.plan.verified is not False, report.plan.why
    assert report.plan.verified or report.plan.why
    for finding in report.root_causes:
        for fix in finding.fixes:
            assert fix.after or not fix.commands, f"{finding.code}: {fix.title}"
            assert fix.verified is None or can_be_tried(fix)


@pytest.mark.parametrize("scenario", scenarios())
def test_a_proved_plan_carried_out_step_by_step_leaves_nothing_in_the_way(scenario: str) -> None:
    report = report_of(scenario)
    if report.plan is None or not report.plan.verified:
        pytest.skip("nothing that a copy can prove")
    as_read = snapshot = snapshot_of(scenario)
    subject = report.subjects[0]
    name = f"{subject.namespace}/{subject.kind}/{subject.name}"
    left = len(report.root_causes)
    for step in report.plan.steps:
        edits = report.root_causes[step.finding].fixes[step.fix].edits
        snapshot = settle(apply_all(snapshot, edits), as_read).after
        now = diagnose(snapshot, name)
        assert len(now.root_causes) < left or now.verdict in DONE
        left = len(now.root_causes)
    # a NodePool that admits the pod only after its pod has waited for long is no certainty
    assert now.verdict in DONE or (now.verdict is Verdict.UNKNOWN and not now.root_causes)

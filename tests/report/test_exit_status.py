"""What a command ends with."""

from __future__ import annotations

import msgspec
import pytest

from efadoctor.model.report import Report, Verdict
from efadoctor.report.choices import FailOn
from efadoctor.report.exit_status import exit_status
from efadoctor.report.suppression import parse_rule, suppressing

B, W, S, D, U = Verdict


def of(report: Report, verdict: Verdict, *, warned: bool = False, sure: bool = True) -> Report:
    return msgspec.structs.replace(
        report,
        verdict=verdict,
        root_causes=report.root_causes if verdict is B else (),
        warnings=report.warnings if warned else (),
        checks=() if sure else report.checks,
        plan=None,
    )


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([], 0),
        ([B], 1),
        ([W], 0),
        ([S], 0),
        ([D], 0),
        ([U], 3),
        ([S, U], 3),
        ([U, B], 1),
        ([W, S, D], 0),
    ],
)
def test_the_worst_verdict_decides_in_the_order_1_3_0(
    verdicts: list[Verdict], status: int, walkthrough: Report
) -> None:
    assert exit_status([of(walkthrough, v) for v in verdicts]) == status


def test_warnings_alone_are_0_unless_asked(walkthrough: Report) -> None:
    report = of(walkthrough, D, warned=True)
    assert exit_status([report]) == 0
    assert exit_status([report], [FailOn.ERROR]) == 0
    assert exit_status([report], [FailOn.WARNING]) == 1


def test_an_unsure_check_is_0_unless_asked(walkthrough: Report) -> None:
    report = of(walkthrough, D, sure=False)
    assert exit_status([report]) == 0
    assert exit_status([report], [FailOn.WARNING]) == 0
    assert exit_status([report], [FailOn.UNKNOWN]) == 3


def test_unknown_stays_3_with_fail_on_warning(walkthrough: Report) -> None:
    assert exit_status([of(walkthrough, U)], [FailOn.WARNING]) == 3


def test_exit_zero_is_0_whatever_was_found(walkthrough: Report) -> None:
    assert exit_status([walkthrough, of(walkthrough, U)], [FailOn.WARNING], exit_zero=True) == 0


def test_a_pod_blocked_by_what_was_suppressed_is_0(walkthrough: Report) -> None:
    codes = [f.code for f in walkthrough.root_causes]
    rules = [parse_rule(code, codes) for code in codes]
    assert exit_status([suppressing(walkthrough, rules)]) == 0
    assert exit_status([suppressing(walkthrough, rules[:1])]) == 1

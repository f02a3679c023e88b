"""``--ignore``: what it takes, what it sets aside, and that the plan keeps its bearings."""

from __future__ import annotations

import pytest

from efadoctor.model.errors import UsageError
from efadoctor.model.report import Report
from efadoctor.report.suppression import parse_rule, suppressing

CODES = ["EFA105", "EFA402", "EFA412", "EFA703", "EFA804"]


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        ("EFA703", ["EFA804"]),
        ("efa703", ["EFA804"]),
        ("EFA703=PlacementGroup/training-on-eks", ["EFA804"]),
        ("EFA703=placementgroup/training-on-eks", ["EFA804"]),
        ("EFA703=PlacementGroup/other", ["EFA703", "EFA804"]),
        ("EFA703=NodePool/training-on-eks", ["EFA703", "EFA804"]),
        ("EFA402", ["EFA703", "EFA804"]),
    ],
)
def test_a_rule_covers_its_code_and_object_and_nothing_else(
    rule: str, left: list[str], walkthrough: Report
) -> None:
    report = suppressing(walkthrough, [parse_rule(rule, CODES)])
    assert [f.code for f in report.warnings] == left


@pytest.mark.parametrize(
    ("place", "covered"),
    [
        ("DaemonSet/aws-efa-k8s-device-plugin", True),
        ("DaemonSet/kube-system/aws-efa-k8s-device-plugin", True),
        ("DaemonSet/gpu/aws-efa-k8s-device-plugin", False),
    ],
)
def test_a_namespace_narrows_a_rule(place: str, *, covered: bool, walkthrough: Report) -> None:
    report = suppressing(walkthrough, [parse_rule(f"EFA402={place}", CODES)])
    assert (len(report.root_causes) == 2) is covered


def test_what_is_set_aside_stays_listed_with_its_rule(walkthrough: Report) -> None:
    rule = parse_rule("EFA703=PlacementGroup/training-on-eks", CODES)
    report = suppressing(walkthrough, [rule])
    assert [(s.finding.code, s.rule) for s in report.suppressed] == [
        ("EFA703", "EFA703=PlacementGroup/training-on-eks")
    ]
    assert report.verdict is walkthrough.verdict


def test_the_plan_points_at_what_is_left(walkthrough: Report) -> None:
    report = suppressing(walkthrough, [parse_rule("EFA402", CODES)])
    assert report.plan is not None
    assert [(s.finding, s.fix) for s in report.plan.steps] == [(0, 0), (1, 0)]
    assert report.root_causes[1].code == "EFA412"
    assert report.plan.verified is None
    assert "suppressed" in report.plan.why


def test_no_cause_left_is_no_plan(walkthrough: Report) -> None:
    report = suppressing(walkthrough, [parse_rule(c, CODES) for c in CODES])
    assert report.plan is None
    assert len(report.suppressed) == 5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("EFA999", "no check has the code 'EFA999'"),
        ("EFA40", "did you mean EFA402?"),
        ("EFA703=", "want CODE or CODE=Kind/name"),
        ("EFA703=PlacementGroup", "want CODE or CODE=Kind/name"),
        ("EFA703=PlacementGroup/", "want CODE or CODE=Kind/name"),
        ("EFA703=A/b/c/d", "want CODE or CODE=Kind/name"),
        ("", "no check has the code ''"),
    ],
)
def test_a_rule_of_another_form_is_refused(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_rule(text, CODES)

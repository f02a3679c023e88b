"""SARIF 2.1.0, held against its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft4Validator

from efadoctor.model.report import Report
from efadoctor.report.choices import Format
from efadoctor.report.faces import render
from efadoctor.report.reports import Reports
from efadoctor.report.suppression import parse_rule, suppressing

SCHEMA = json.loads((Path(__file__).parent / "schemas/sarif-2.1.0-rtm.5.json").read_text("utf-8"))


def sarif(reports: Reports) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render(Format.SARIF, reports))
    Draft4Validator(SCHEMA).validate(document)
    run: dict[str, Any] = document["runs"][0]
    return run


def test_the_schema_refuses_what_is_not_sarif() -> None:
    assert not Draft4Validator(SCHEMA).is_valid({"version": "2.1.0"})
    assert not Draft4Validator(SCHEMA).is_valid({"version": "2.1.0", "runs": [{"results": []}]})


@pytest.mark.parametrize("fixture", ["one", "many", "hostile"])
def test_it_is_valid(fixture: str, request: pytest.FixtureRequest) -> None:
    sarif(request.getfixturevalue(fixture))


def test_nothing_to_say_is_a_run_without_results() -> None:
    assert sarif(Reports(reports=()))["results"] == []


def test_causes_are_errors_and_warnings_warnings(one: Reports) -> None:
    levels = {r["ruleId"]: r["level"] for r in sarif(one)["results"]}
    assert levels == {
        "EFA105": "error",
        "EFA402": "error",
        "EFA412": "error",
        "EFA703": "warning",
        "EFA804": "warning",
    }


def test_every_result_finds_its_rule_by_index(one: Reports) -> None:
    run = sarif(one)
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"])


def test_a_rule_of_an_installed_check_carries_its_page_as_help(one: Reports) -> None:
    rules = {r["id"]: r for r in sarif(one)["tool"]["driver"]["rules"]}
    assert "## What it checks" in rules["EFA105"]["help"]["markdown"]


def test_the_fingerprint_is_the_cause_s(one: Reports, walkthrough: Report) -> None:
    prints = [r["partialFingerprints"]["efadoctor/v1"] for r in sarif(one)["results"]]
    found = [*walkthrough.root_causes, *walkthrough.warnings]
    assert prints == [f.fingerprint for f in found]


def test_a_cause_of_many_reports_is_one_result(walkthrough: Report) -> None:
    run = sarif(Reports(reports=(walkthrough, walkthrough)))
    assert len(run["results"]) == 5


def test_what_is_suppressed_stays_with_its_rule(walkthrough: Report) -> None:
    rule = parse_rule("EFA703", ["EFA703"])
    run = sarif(Reports(reports=(suppressing(walkthrough, [rule]),), single=True))
    result = next(r for r in run["results"] if r["ruleId"] == "EFA703")
    assert result["suppressions"][0]["justification"] == "--ignore EFA703"
    assert len(run["results"]) == 5


@pytest.mark.parametrize(
    ("location", "uri", "region"),
    [
        ("a/pod.yaml:12", "a/pod.yaml", {"startLine": 12}),
        ("a/pod.yaml:12:7", "a/pod.yaml", {"startLine": 12, "startColumn": 7}),
        ("a b/p:1.yaml:3", "a%20b/p%3A1.yaml", {"startLine": 3}),
    ],
)
def test_a_manifest_s_finding_points_at_file_and_line(
    location: str, uri: str, region: dict[str, int], walkthrough: Report
) -> None:
    finding = walkthrough.root_causes[0]
    placed = tuple(msgspec.structs.replace(e, location=location) for e in finding.evidence)
    report = msgspec.structs.replace(
        walkthrough, root_causes=(msgspec.structs.replace(finding, evidence=placed),)
    )
    result = sarif(Reports(reports=(report,), single=True))["results"][0]
    physical = result["locations"][0]["physicalLocation"]
    assert physical == {"artifactLocation": {"uri": uri}, "region": region}
    assert len(result["relatedLocations"]) == 1


def test_what_could_not_be_read_is_a_notification(one: Reports) -> None:
    notes = sarif(one)["invocations"][0]["toolExecutionNotifications"]
    assert [n["message"]["text"] for n in notes] == [
        "not read: aws/ec2/describe-security-group-rules (UnauthorizedOperation)"
    ]

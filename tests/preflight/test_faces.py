"""The faces of a preflight: each valid, each with the place of every finding."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft4Validator, Draft202012Validator
from preflight.conftest import Command
from report.test_junit import faults

from efadoctor.report.as_json import schema

SARIF = Path(__file__).parents[1] / "report" / "schemas" / "sarif-2.1.0-rtm.5.json"


@pytest.mark.usefixtures("walkthrough")
def test_json_meets_our_schema(run: Command) -> None:
    Draft202012Validator(schema()).validate(run(".").json)


@pytest.mark.usefixtures("walkthrough")
def test_sarif_is_valid_and_every_result_has_a_region(run: Command) -> None:
    log = run(".", form="sarif").json
    Draft4Validator(json.loads(SARIF.read_text())).validate(log)
    places = {}
    for result in log["runs"][0]["results"]:
        physical = result["locations"][0]["physicalLocation"]
        region = physical["region"]
        places[result["ruleId"]] = (
            physical["artifactLocation"]["uri"],
            region["startLine"],
            region["startColumn"],
        )
    assert places == {
        "EFA105": ("pod.yaml", 14, 7),
        "EFA402": ("nodepool.yaml", 32, 11),
        "EFA412": ("nodepool.yaml", 35, 11),
        "EFA803": ("pod.yaml", 19, 7),
        "EFA804": ("nodepool.yaml", 63, 3),
    }


def test_sarif_names_files_from_the_folder_that_it_runs_in(run: Command, walkthrough: Path) -> None:
    log = run(walkthrough, form="sarif").json
    uris = {
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for r in log["runs"][0]["results"]
    }
    assert uris == {"pod.yaml", "nodepool.yaml"}


@pytest.mark.usefixtures("walkthrough")
def test_junit_meets_the_schema_of_jenkins(run: Command) -> None:
    text = run(".", "--ignore", "EFA105", form="junit").out
    assert faults(ET.fromstring(text)) == []  # noqa: S314  (we wrote it)
    assert "nodepool.yaml:32:11" in text


@pytest.mark.usefixtures("walkthrough")
def test_text_and_comment_show_places_diffs_and_assumptions(run: Command) -> None:
    text = run(".", form="text").out
    assert "seen  pod.yaml:14:7: spec.tolerations[1].key = vpc.amazon.com/efa" in text
    assert '\n-    - key: "vpc.amazon.com/efa"   # for the EFA taint\n' in text
    assert "\nASSUMED, for it was not given:\n" in text
    comment = run(".", form="markdown").out
    assert "```diff\n--- a/pod.yaml\n+++ b/pod.yaml\n" in comment
    assert "**Assumed**" in comment


@pytest.mark.usefixtures("walkthrough")
def test_slack_holds_the_diff_within_its_limits(run: Command) -> None:
    message = run(".", form="slack").json
    sections = [b["text"]["text"] for b in message["blocks"] if b["type"] == "section"]
    assert any(s.startswith("```--- a/pod.yaml") for s in sections)
    assert all(len(s) <= 3000 for s in sections)


@pytest.mark.usefixtures("walkthrough")
def test_several_faces_at_once(run: Command, tmp_path: Path) -> None:
    ended = run(".", "-o", "text", "-o", "sarif=out.sarif", "-o", "markdown=out.md")
    assert ended.out.startswith("BLOCKED")
    assert json.loads((tmp_path / "out.sarif").read_text())["version"] == "2.1.0"
    assert (tmp_path / "out.md").read_text().startswith("<!-- efadoctor -->")

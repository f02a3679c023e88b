"""JUnit XML, held against the schema of Jenkins' xUnit plugin."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

from efadoctor.model.report import Report, Verdict
from efadoctor.report.choices import Format
from efadoctor.report.faces import render
from efadoctor.report.reports import Reports
from efadoctor.report.suppression import parse_rule, suppressing

XS = "{http://www.w3.org/2001/XMLSchema}"
TREE = ET.parse(Path(__file__).parent / "schemas/junit-10.xsd").getroot()  # noqa: S314
ELEMENTS = {e.get("name", ""): e for e in TREE.findall(f"{XS}element")}
PATTERNS = {
    t.get("name", ""): p.get("value", "")
    for t in TREE.findall(f"{XS}simpleType")
    for p in t.iter(f"{XS}pattern")
}


def faults(node: ET.Element) -> list[str]:
    """Where a document departs from the schema: elements, attributes, patterns, text.

    The schema orders nothing (each of its content models is a repeated choice or a repeated
    element), so that the set of children decides.
    """
    declared = ELEMENTS.get(node.tag)
    if declared is None:
        return [f"<{node.tag}> is not declared"]
    if declared.get("type") == "xs:string":
        return [f"<{node.tag}> holds <{c.tag}>" for c in node]
    body = declared.find(f"{XS}complexType")
    assert body is not None
    children = {e.get("ref") for e in body.iter(f"{XS}element")}
    attributes = {a.get("name", ""): a for a in body.findall(f"{XS}attribute")}
    found = [f"<{node.tag}> holds <{c.tag}>" for c in node if c.tag not in children]
    found += [f"<{node.tag} {name}>" for name in node.keys() if name not in attributes]  # noqa: SIM118
    for name, attribute in attributes.items():
        if attribute.get("use") == "required" and name not in node.attrib:
            found.append(f"<{node.tag}> lacks {name}")
        pattern = PATTERNS.get(attribute.get("type", ""))
        if pattern and name in node.attrib and not re.fullmatch(pattern, node.attrib[name]):
            found.append(f"<{node.tag} {name}={node.attrib[name]}>")
    if (node.text or "").strip() and body.get("mixed") != "true":
        found.append(f"<{node.tag}> holds text")
    return found + [f for c in node for f in faults(c)]


def junit(reports: Reports) -> ET.Element:
    root = ET.fromstring(render(Format.JUNIT, reports).encode())  # noqa: S314
    assert faults(root) == []
    return root


@pytest.mark.parametrize(
    "text",
    [
        '<testsuites><testcase name="t"/></testsuites>',
        '<testsuite name="a" tests="1" failures="0"/>',
        '<testsuites colour="red"/>',
        '<testsuites time="1.2.3"/>',
        "<testsuites>text</testsuites>",
        "<unheard/>",
    ],
)
def test_the_schema_refuses_what_jenkins_would(text: str) -> None:
    assert faults(ET.fromstring(text)) != []  # noqa: S314


@pytest.mark.parametrize("fixture", ["one", "many", "hostile"])
def test_it_is_valid(fixture: str, request: pytest.FixtureRequest) -> None:
    junit(request.getfixturevalue(fixture))


def test_each_root_cause_is_a_failure_with_the_command_to_paste(
    one: Reports, walkthrough: Report
) -> None:
    suite = junit(one)[0]
    failures = suite.findall("testcase/failure")
    assert [f.get("type") for f in failures] == ["EFA105", "EFA402", "EFA412"]
    assert suite.get("failures") == "3"
    for failure, cause in zip(failures, walkthrough.root_causes, strict=True):
        assert cause.fixes[0].commands[0] in (failure.text or "")
        assert cause.fingerprint in (failure.text or "")


def test_a_warning_passes_and_is_said(one: Reports) -> None:
    cases = [c for c in junit(one)[0] if (c.get("name") or "").startswith("EFA703")]
    assert len(cases) == 1
    assert "warning" in (cases[0].findtext("system-out") or "")


def test_a_check_that_could_not_tell_is_skipped_not_passed(one: Reports) -> None:
    case = next(c for c in junit(one)[0] if (c.get("name") or "").startswith("EFA601"))
    skipped = case.find("skipped")
    assert skipped is not None
    assert "unknown: not read" in (skipped.get("message") or "")


def test_an_unknown_verdict_is_an_error(walkthrough: Report) -> None:
    report = msgspec.structs.replace(walkthrough, verdict=Verdict.UNKNOWN, root_causes=())
    assert junit(Reports(reports=(report,)))[0].get("errors") == "1"


def test_a_suppressed_cause_is_skipped(walkthrough: Report) -> None:
    rule = parse_rule("EFA105", ["EFA105"])
    suite = junit(Reports(reports=(suppressing(walkthrough, [rule]),)))[0]
    case = next(c for c in suite if (c.get("name") or "").startswith("EFA105"))
    assert case.find("skipped") is not None
    assert suite.get("failures") == "2"


def test_counts_add_up(many: Reports) -> None:
    root = junit(many)
    assert root.get("failures") == "300"
    assert root.get("tests") == str(len(root.findall("testsuite/testcase")))

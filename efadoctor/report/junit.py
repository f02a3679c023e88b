"""JUnit XML as Jenkins takes it: one suite a report, one case for the verdict and each finding.

The schema is that of Jenkins' xUnit plugin, junit-10.xsd:
https://github.com/jenkinsci/xunit-plugin/tree/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from efadoctor.model.finding import Finding
from efadoctor.model.report import CheckStatus, Report, Verdict
from efadoctor.report import wording
from efadoctor.report.reports import Reports, Style

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(reports: Reports, _style: Style) -> str:
    """A root cause is a failure, a pod that could not be judged an error, a warning passes."""
    root = ET.Element("testsuites", name="efadoctor")
    for report in reports.reports:
        root.append(_suite(report))
    if reports.problems:
        root.append(_unread(reports))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(report: Report) -> ET.Element:
    cases = [_verdict(report)]
    cases += [_failure(report, n) for n in range(len(report.root_causes))]
    cases += [_passed(f, f"warning: {_body(f)}") for f in report.warnings]
    cases += [_skipped_finding(s.finding, s.rule) for s in report.suppressed]
    cases += _judgements(report)
    suite = ET.Element(
        "testsuite",
        name=_clean(wording.subjects_text(report.subjects)),
        tests=str(len(cases)),
        failures=str(sum(c.find("failure") is not None for c in cases)),
        errors=str(sum(c.find("error") is not None for c in cases)),
        skipped=str(sum(c.find("skipped") is not None for c in cases)),
        timestamp=report.generated_at,
    )
    suite.extend(cases)
    return suite


def _unread(reports: Reports) -> ET.Element:
    """The parts of the input that could not be read, an error each."""
    count = str(len(reports.problems))
    suite = ET.Element(
        "testsuite", name="input", tests=count, errors=count, failures="0", skipped="0"
    )
    for problem in reports.problems:
        case = ET.SubElement(
            suite, "testcase", classname="efadoctor.input", name=_clean(problem.location)
        )
        ET.SubElement(case, "error", type="unreadable", message=_clean(problem.reason))
    return suite


def _verdict(report: Report) -> ET.Element:
    case = ET.Element("testcase", classname="efadoctor", name="verdict")
    summary = f"{report.verdict.value}: {wording.one_line(report.summary)}"
    if report.verdict is Verdict.UNKNOWN:
        ET.SubElement(case, "error", type="unknown", message=_clean(summary))
    else:
        ET.SubElement(case, "system-out").text = _clean(summary)
    return case


def _failure(report: Report, number: int) -> ET.Element:
    finding = report.root_causes[number]
    fix, after = wording.chosen_fix(report, number)
    lines = [_body(finding)]
    if fix is not None:
        lines += [
            f"fix: {wording.one_line(fix.title)} ({wording.risk_text(fix)})",
            *wording.lines_of(fix),
        ]
        lines.append(": ".join(wording.tried_text(fix, after)))
    case = _case(finding)
    message = _clean(wording.one_line(finding.summary))
    ET.SubElement(case, "failure", type=finding.code, message=message).text = _clean(
        "\n".join(lines)
    )
    return case


def _passed(finding: Finding, said: str) -> ET.Element:
    case = _case(finding)
    ET.SubElement(case, "system-out").text = _clean(said)
    return case


def _skipped_finding(finding: Finding, rule: str) -> ET.Element:
    case = _case(finding)
    ET.SubElement(case, "skipped", message=_clean(f"suppressed by {rule}"))
    return case


def _judgements(report: Report) -> list[ET.Element]:
    """The checks without a finding of their own here: passed, or could not tell."""
    cases = []
    for result in report.checks:
        if result.status in (CheckStatus.FAIL, CheckStatus.WARN):
            continue  # told by their findings; one that is no root cause stands on another path
        case = ET.Element(
            "testcase", classname="efadoctor.checks", name=f"{result.code} {result.check}"
        )
        if result.status is not CheckStatus.PASS:
            said = f"{result.status.value}: {wording.one_line(result.summary)}"
            ET.SubElement(case, "skipped", message=_clean(said))
        cases.append(case)
    return cases


def _case(finding: Finding) -> ET.Element:
    name = f"{finding.code} {finding.check} {wording.object_name(finding.object)}"
    return ET.Element(
        "testcase", classname=f"efadoctor.{finding.stage.value}", name=_clean(name.strip())
    )


def _body(finding: Finding) -> str:
    lines = [wording.one_line(finding.summary), *map(wording.one_line, finding.chain)]
    for evidence in finding.evidence:
        place = wording.evidence_place(evidence, finding.object)
        expected = (
            f", expected {wording.value_text(evidence.expected)}"
            if evidence.expected is not None
            else ""
        )
        lines.append(f"{place} = {wording.value_text(evidence.value)}{expected}")
    return "\n".join([*lines, f"fingerprint {finding.fingerprint}"])


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)

"""Annotations of a GitHub Actions run, as workflow commands.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Mapping

from efadoctor.model.finding import Finding, Severity
from efadoctor.model.report import Report, Verdict
from efadoctor.report import wording
from efadoctor.report.reports import InputProblem, Reports, Style

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(reports: Reports, _style: Style) -> str:
    """One annotation a cause or warning, one for a pod that could not be judged."""
    lines = [_finding(f) for f in reports.findings]
    lines += [_unknown(r) for r in reports.reports if r.verdict is Verdict.UNKNOWN]
    lines += [_problem(p) for p in reports.problems]
    lines += [_command("warning", {"title": "efadoctor"}, n) for n in reports.notes]
    if not lines:
        lines = [_command("notice", {"title": "efadoctor"}, _nothing(reports))]
    return "".join(f"{line}\n" for line in lines)


def _nothing(reports: Reports) -> str:
    said = [f"{wording.subjects_text(r.subjects)}: {r.summary}" for r in reports.reports]
    return " ".join(map(wording.one_line, said)) or reports.nothing


def _finding(finding: Finding) -> str:
    properties: dict[str, object] = {}
    place = wording.location_of(finding)
    if place is not None:
        properties = {"file": place.file, "line": place.line}
        if place.column is not None:
            properties["col"] = place.column
    properties["title"] = f"{finding.code} {wording.object_name(finding.object)}"
    said = [wording.one_line(finding.summary)]
    for fix in finding.fixes[:1]:
        said += [
            f"Fix: {wording.one_line(fix.title)} ({wording.risk_text(fix)})",
            *wording.lines_of(fix),
        ]
    said.append(f"fingerprint {finding.fingerprint}")
    return _command(_LEVELS[finding.severity or Severity.ERROR], properties, "\n".join(said))


def _unknown(report: Report) -> str:
    title = f"efadoctor: {wording.subjects_text(report.subjects)}"
    return _command("warning", {"title": title}, wording.one_line(report.summary))


def _problem(problem: InputProblem) -> str:
    properties: dict[str, object] = {"file": problem.file}
    if problem.line is not None:
        properties["line"] = problem.line
    if problem.column is not None:
        properties["col"] = problem.column
    properties["title"] = "efadoctor: not read"
    return _command("error", properties, wording.one_line(problem.reason))


def _command(name: str, properties: Mapping[str, object], message: str) -> str:
    """A workflow command; what could end it or begin another is escaped."""
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

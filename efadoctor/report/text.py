"""The text face: what an engineer reads at three in the morning, and pastes from.

First the verdict, then each cause in the order to mend it: what is seen, why it keeps the
pod Pending, what to paste and what that does besides. Colour never says anything alone.
"""

from __future__ import annotations

from efadoctor.model.finding import Evidence, Finding
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Report, Verdict
from efadoctor.report import wording
from efadoctor.report.reports import Reports, Style
from efadoctor.report.sheet import Part, Sheet

_COLOURS = {
    Verdict.BLOCKED: "bold red",
    Verdict.WAITING: "bold yellow",
    Verdict.SCHEDULABLE: "bold green",
    Verdict.SCHEDULED: "bold green",
    Verdict.UNKNOWN: "bold magenta",
}
Field = tuple[ObjectRef, str]
_HANG = 6
_MOST_EVIDENCE = 3


def render(reports: Reports, style: Style) -> str:
    """All reports for a person, ``style.width`` columns wide but for what must be pasted."""
    sheet = Sheet(style)
    if not reports.reports:
        sheet.line(reports.nothing)
    for number, report in enumerate(reports.reports):
        if number:
            sheet.blank()
            sheet.rule()
        _report(sheet, report)
    return sheet.text()


def _report(sheet: Sheet, report: Report) -> None:
    _head(sheet, report)
    shown: set[Field] = set()
    for number in range(len(report.root_causes)):
        _cause(sheet, report, number, shown)
    sheet.blank()
    if report.plan is not None:
        sheet.line((wording.plan_text(report.plan), "bold"), ".")
    _waiting(sheet, report)
    _warnings(sheet, report)
    _scheduler(sheet, report)
    _unread(sheet, report)


def _head(sheet: Sheet, report: Report) -> None:
    label = report.verdict.value.upper()
    subjects = wording.subjects_text(report.subjects)
    sheet.line((label, _COLOURS[report.verdict]), "  ", (subjects, "bold"))
    sheet.line(wording.one_line(report.summary))
    sheet.line((wording.source_text(report), "dim"))


def _cause(sheet: Sheet, report: Report, number: int, shown: set[Field]) -> None:
    finding = report.root_causes[number]
    count = len(report.root_causes)
    place = f"CAUSE {number + 1} of {count}" if count > 1 else "CAUSE"
    sheet.blank()
    sheet.line(
        (f"{place}  {finding.code}  ", "bold red"),
        (wording.object_name(finding.object), "bold"),
        hang=2,
    )
    why = " ".join(map(wording.one_line, finding.chain)) or wording.one_line(finding.summary)
    _labelled(sheet, "why", why)
    _evidence(sheet, finding, shown)
    _fix(sheet, report, number)


def _labelled(sheet: Sheet, label: str, *parts: Part) -> None:
    sheet.line((f"{label:<{_HANG}}", "dim"), *parts, hang=_HANG)


def _evidence(sheet: Sheet, finding: Finding, shown: set[Field]) -> None:
    """Field paths with what is there and what would be right; what was shown above is not again."""
    new = [e for e in finding.evidence if (e.object, e.field) not in shown]
    shown.update((e.object, e.field) for e in new)
    for number, evidence in enumerate(new[:_MOST_EVIDENCE]):
        place = wording.evidence_place(evidence, finding.object)
        label = "" if number else "seen"
        _labelled(sheet, label, f"{place} = ", *_value(evidence))
    more = len(new) - _MOST_EVIDENCE
    if more > 0:
        _labelled(sheet, "", f"and {more} more, in -o json")


def _value(evidence: Evidence) -> list[Part]:
    parts: list[Part] = [(wording.value_text(evidence.value), "yellow")]
    if evidence.expected is not None:
        parts += [", expected ", (wording.value_text(evidence.expected), "green")]
    return parts


def _fix(sheet: Sheet, report: Report, number: int) -> None:
    fix, after = wording.chosen_fix(report, number)
    if fix is None:
        docs = wording.one_line(report.root_causes[number].docs)
        _labelled(sheet, "fix", f"none that can be printed; see {docs}")
        return
    title = wording.one_line(fix.title).rstrip(".")
    _labelled(sheet, "fix", f"{title} ({wording.risk_text(fix)}){':' if fix.commands else '.'}")
    for command in fix.commands:
        sheet.paste(command)
    _labelled(sheet, *wording.tried_text(fix, after))


def _waiting(sheet: Sheet, report: Report) -> None:
    for awaited in report.awaited:
        since = f", since {awaited.since}" if awaited.since else ""
        until = f"; look again at {awaited.until}" if awaited.until else ""
        _labelled(sheet, "awaited", wording.one_line(awaited.what) + since + until)


def _warnings(sheet: Sheet, report: Report) -> None:
    """One line each; the page of the code says the rest."""
    for finding in report.warnings:
        place = wording.object_name(finding.object)
        said = f"{finding.code} {place}: {wording.one_line(finding.summary)}"
        sheet.cut(("warning ", "yellow"), said)


def _note(sheet: Sheet, label: str, text: str) -> None:
    sheet.line((f"{label} ", "yellow"), text, hang=2)


def _scheduler(sheet: Sheet, report: Report) -> None:
    """Only a disagreement is worth a line: then one of the two is out of date."""
    view = report.scheduler
    if view.agrees is not False:
        return
    predicted = wording.one_line(view.predicted) or "nothing: a node would take the pod"
    _note(sheet, "scheduler", f"said: {wording.one_line(view.observed or '')}")
    _note(sheet, "scheduler", f"would say now, so that is out of date: {predicted}")


def _unread(sheet: Sheet, report: Report) -> None:
    for group in wording.unread(report):
        hides = f"; cannot tell {', '.join(group.codes)}" if group.codes else ""
        sources = wording.one_line(", ".join(group.sources))
        _note(sheet, "not read", f"{sources} ({group.why}){hides}")

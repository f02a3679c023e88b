"""The text face: what an engineer reads at three in the morning, and pastes from.

First the verdict, then each cause in the order to mend it: what is seen, why it keeps the
pod Pending, what to paste and what that does besides. Colour never says anything alone.
"""

from __future__ import annotations

from efadoctor.model.finding import Evidence, Finding
from efadoctor.model.report import Report, Verdict
from efadoctor.report import wording
from efadoctor.report.reports import Reports, Style
from efadoctor.report.sheet import Sheet

_COLOURS = {
    Verdict.BLOCKED: "bold red",
    Verdict.WAITING: "bold yellow",
    Verdict.SCHEDULABLE: "bold green",
    Verdict.SCHEDULED: "bold green",
    Verdict.UNKNOWN: "bold magenta",
}
_HANG = 9


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
    for number in range(len(report.root_causes)):
        _cause(sheet, report, number)
    if report.plan is not None:
        sheet.blank()
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


def _cause(sheet: Sheet, report: Report, number: int) -> None:
    finding = report.root_causes[number]
    count = len(report.root_causes)
    place = f"cause {number + 1} of {count}: " if count > 1 else "cause: "
    sheet.blank()
    sheet.line(
        (f"{place}{finding.code} ", "bold red"),
        (wording.one_line(finding.title), "bold"),
        f" - {wording.object_name(finding.object)}",
        hang=2,
    )
    why = " ".join(map(wording.one_line, finding.chain)) or wording.one_line(finding.summary)
    _labelled(sheet, "why", why)
    _evidence(sheet, finding)
    _fix(sheet, report, number)


def _labelled(sheet: Sheet, label: str, text: str, style: str = "") -> None:
    sheet.line((f"{label:<{_HANG - 2}}", "dim"), (text, style), indent=2, hang=_HANG)


def _evidence(sheet: Sheet, finding: Finding) -> None:
    """Field paths side by side with what is there and what would be right."""
    rows = [(wording.evidence_place(e, finding.object), e) for e in finding.evidence]
    width = min(max((len(place) for place, _ in rows), default=0), 44)
    for number, (place, evidence) in enumerate(rows):
        label = "seen" if not number else ""
        sheet.line(
            (f"{label:<{_HANG - 2}}", "dim"),
            f"{place:<{width}}  ",
            *_value(evidence),
            indent=2,
            hang=_HANG + 2,
        )


def _value(evidence: Evidence) -> list[str | tuple[str, str]]:
    parts: list[str | tuple[str, str]] = [(wording.value_text(evidence.value), "yellow")]
    if evidence.expected is not None:
        parts += [", expected ", (wording.value_text(evidence.expected), "green")]
    if evidence.note:
        parts.append(f" ({wording.one_line(evidence.note)})")
    return parts


def _fix(sheet: Sheet, report: Report, number: int) -> None:
    fix, after = wording.chosen_fix(report, number)
    if fix is None:
        _labelled(sheet, "fix", "none that can be printed; see " + report.root_causes[number].docs)
        return
    title = wording.one_line(fix.title).rstrip(".")
    _labelled(sheet, "fix", f"{title} ({wording.risk_text(fix)}){':' if fix.commands else ''}")
    for command in fix.commands:
        sheet.paste(command)
    _labelled(sheet, "", wording.tried_text(fix, after))


def _waiting(sheet: Sheet, report: Report) -> None:
    for awaited in report.awaited:
        since = f", since {awaited.since}" if awaited.since else ""
        until = f"; look again at {awaited.until}" if awaited.until else ""
        _labelled(sheet, "awaited", wording.one_line(awaited.what) + since + until)


def _warnings(sheet: Sheet, report: Report) -> None:
    if not report.warnings:
        return
    sheet.blank()
    for finding in report.warnings:
        sheet.line(
            ("warning ", "yellow"),
            (f"{finding.code} ", "bold"),
            f"{wording.object_name(finding.object)}: {wording.one_line(finding.summary)}",
            hang=2,
        )


def _scheduler(sheet: Sheet, report: Report) -> None:
    """Only a disagreement is worth a line: then one of the two is out of date."""
    view = report.scheduler
    if view.agrees is not False:
        return
    sheet.blank()
    sheet.line("The scheduler's message differs; it can be out of date.")
    _labelled(sheet, "it said", wording.one_line(view.observed or ""))
    _labelled(sheet, "today", wording.one_line(view.predicted) or "a node would take the pod")


def _unread(sheet: Sheet, report: Report) -> None:
    for group in wording.unread(report):
        hides = f"; cannot tell {', '.join(group.codes)}" if group.codes else ""
        sheet.line(
            ("not read ", "magenta"), f"{', '.join(group.sources)} ({group.why}){hides}", hang=2
        )

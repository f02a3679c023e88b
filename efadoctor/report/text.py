"""The text face: what an engineer reads at three in the morning, and pastes from.

First the verdict, then each cause in the order to mend it: what is seen, why it keeps the
pod Pending, what to paste and what that does besides. Colour never says anything alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from efadoctor.model.finding import Evidence, Finding
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Plan, Report, Verdict
from efadoctor.report import wording
from efadoctor.report.reports import Reports, Style
from efadoctor.report.sheet import Part, Sheet
from efadoctor.report.unread import Unread, unread, unread_by_all

_COLOURS = {
    Verdict.BLOCKED: "bold red",
    Verdict.WAITING: "bold yellow",
    Verdict.SCHEDULABLE: "bold green",
    Verdict.SCHEDULED: "bold green",
    Verdict.UNKNOWN: "bold magenta",
}
Field = tuple[ObjectRef, str]
_HANG = 6
_THERE = "fits there."
_MOST_EVIDENCE = 2


def render(reports: Reports, style: Style) -> str:
    """All reports for a person, ``style.width`` columns wide but for what must be pasted."""
    sheet = Sheet(style)
    shared = unread_by_all(reports.reports)
    if not reports.reports:
        sheet.line(reports.nothing)
    for number, report in enumerate(reports.reports):
        if number:
            sheet.blank()
            sheet.rule()
        _report(sheet, report, {group.key for group in shared})
    _run(sheet, reports, shared)
    return sheet.text()


def _report(sheet: Sheet, report: Report, told_once: Collection[tuple[str, ...]]) -> None:
    _head(sheet, report)
    shown: set[Field] = set()
    for number in range(len(report.root_causes)):
        _cause(sheet, report, number, shown)
    _plan(sheet, report.plan)
    _waiting(sheet, report)
    _warnings(sheet, report)
    _suppressed(sheet, report)
    _scheduler(sheet, report)
    for group in unread(report):
        # what holds for the whole run is told once, at its end
        if group.key not in told_once and not _was_not_asked(report, group):
            _unread(sheet, group)


def _was_not_asked(report: Report, group: Unread) -> bool:
    """Whether something was not read because manifests alone were given."""
    return report.source.kind == "manifests" and group.why == "not read"


def _run(sheet: Sheet, reports: Reports, shared: Sequence[Unread]) -> None:
    """What holds for the whole run: assumptions, what could not be read, what has expired."""
    if reports.assumptions:
        sheet.blank()
        sheet.line(("ASSUMED", "bold"), ", for it was not given:")
    for assumption in reports.assumptions:
        sheet.line(wording.assumption_text(assumption), label="-", hang=2)
    unasked = {
        code
        for report in reports.reports
        for group in unread(report)
        if _was_not_asked(report, group)
        for code in group.codes
    }
    if unasked:
        _note(sheet, "not judged", f"for want of facts: {', '.join(sorted(unasked))}")
    told = [g for g in shared if not any(_was_not_asked(r, g) for r in reports.reports)]
    if told:
        sheet.blank()
    for group in told:
        _unread(sheet, group)
    for problem in reports.problems:
        _note(sheet, "not read", wording.prose(f"{problem.location}: {problem.reason}"))
    for note in reports.notes:
        _note(sheet, "note", wording.prose(note))


def _plan(sheet: Sheet, plan: Plan | None) -> None:
    """Only where it falls short; else the last step has said that the pod lands."""
    if short := wording.shortfall_text(plan):
        sheet.line((wording.prose(short), "bold"), ".")


def _head(sheet: Sheet, report: Report) -> None:
    label: Part = (report.verdict.value.upper(), _COLOURS[report.verdict])
    subjects: Part = (wording.subjects_text(report.subjects), "bold")
    source: Part = (f"({wording.source_text(report)})", "dim")
    together = sheet.fits(label, "  ", subjects, "  ", source)
    sheet.line(label, "  ", subjects, *(("  ", source) if together else ()))
    sheet.line(wording.verdict_text(report))
    if gang := wording.gang_text(report):
        sheet.line(gang)
    if not together:
        sheet.line(source)


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
    why = _why(report, finding)
    _labelled(sheet, "why", why)
    _evidence(sheet, finding, why, shown)
    _fix(sheet, report, number)


def _why(report: Report, finding: Finding) -> str:
    """The cause's sentence; where the verdict has said it, how that ends in Pending."""
    told = finding.summary.rstrip(".") in report.summary
    said = finding.chain[-1] if told and finding.chain else finding.summary
    return _unnamed(wording.prose(said), finding)


def _unnamed(text: str, finding: Finding) -> str:
    """The text without the name of its object, which stands in the line above."""
    ref = finding.object
    return text.replace(f" ({ref.name})", "").replace(ref.short, f"this {ref.kind}")


def _labelled(sheet: Sheet, label: str, *parts: Part) -> None:
    sheet.line(*parts, label=(label or " ", "dim"), hang=_HANG)


def _evidence(sheet: Sheet, finding: Finding, why: str, shown: set[Field]) -> None:
    """What is amiss and what it ought to be, then what it meets; each field once a report."""
    new = [e for e in finding.evidence if (e.object, e.field) not in shown]
    # a status follows from the rest, and the sentence above may say the value
    telling = [e for e in new if not _is_told(e, why)] or new
    telling.sort(key=lambda e: (e.object != finding.object, not e.location, e.expected is None))
    for number, evidence in enumerate(telling[:_MOST_EVIDENCE]):
        shown.add((evidence.object, evidence.field))
        place = wording.evidence_place(evidence, finding.object)
        _labelled(sheet, "" if number else "seen", f"{wording.prose(place)} = ", *_value(evidence))


def _is_told(evidence: Evidence, why: str) -> bool:
    """Whether the reader knows it without: but a place in a file is news."""
    if evidence.location is not None:
        return False
    return evidence.field.startswith("status.") or _said(evidence, why)


def _said(evidence: Evidence, why: str) -> bool:
    return evidence.expected is None and wording.value_text(evidence.value) in why


def _value(evidence: Evidence) -> list[Part]:
    """The value, and the word that it should be: what a list lacks is what the fix adds."""
    parts: list[Part] = [(wording.value_text(evidence.value), "yellow")]
    if evidence.expected is not None and not isinstance(evidence.expected, list | tuple | dict):
        parts += [", expected ", (wording.value_text(evidence.expected), "green")]
    return parts


def _fix(sheet: Sheet, report: Report, number: int) -> None:
    fix, after = wording.chosen_fix(report, number)
    if fix is None:
        finding = report.root_causes[number]
        docs = wording.prose(finding.docs or f"efadoctor checks {finding.code}")
        _labelled(sheet, "fix", f"none that can be printed; see {docs}")
        return
    title = wording.prose(fix.title).rstrip(".")
    risk = _unnamed(wording.prose(wording.risk_text(fix)), report.root_causes[number])
    lines = wording.lines_of(fix)
    _labelled(sheet, "fix", f"{title} ({risk}){':' if lines else '.'}")
    for line in lines:
        sheet.paste(line)
    label, tried = wording.tried_text(fix, _of_the_pod(report, after))
    _labelled(sheet, label, wording.prose(tried))


def _of_the_pod(report: Report, after: str) -> str:
    """What the pod does after a step, without what other causes here say of themselves."""
    for finding in report.root_causes:
        before, code, _ = after.partition(f"{finding.code}, ")
        after = f"{before}{finding.code}." if code else after
    at = after.rfind("The pod ")
    if after.endswith(_THERE):
        return after  # only what made the place says where that is
    return after[at:] if at > 0 else after


def _waiting(sheet: Sheet, report: Report) -> None:
    for awaited in report.awaited:
        if said := wording.awaited_text(awaited, report):
            _labelled(sheet, "wait", said)


def _warnings(sheet: Sheet, report: Report) -> None:
    for finding in report.warnings:
        at = wording.location_of(finding)
        where = f"{wording.prose(str(at))} " if at is not None else ""
        named = not finding.object.namespace and finding.object.name in finding.summary
        place = "" if named else f"{wording.prose(wording.object_name(finding.object))}: "
        _note(sheet, "warning", f"{finding.code} {where}{place}{wording.prose(finding.summary)}")


def _suppressed(sheet: Sheet, report: Report) -> None:
    """What was set aside is no cause and no warning here; that it was, and why, is told."""
    for aside in report.suppressed:
        why = wording.prose(aside.reason) or f"--ignore {aside.rule}"
        name = wording.prose(wording.object_name(aside.finding.object))
        _note(sheet, "suppressed", f"{aside.finding.code} {name} ({why})")


def _note(sheet: Sheet, label: str, text: str) -> None:
    sheet.line((f"{label} ", "yellow"), text, hang=2)


def _scheduler(sheet: Sheet, report: Report) -> None:
    """Only a disagreement is worth a line: then one of the two is out of date."""
    view = report.scheduler
    if view.agrees is not False:
        return
    predicted = wording.prose(view.predicted) or "nothing: a node would take the pod"
    _note(sheet, "scheduler", f"said: {wording.prose(view.observed or '')}")
    _note(sheet, "scheduler", f"would say now, so that is out of date: {predicted}")


def _unread(sheet: Sheet, group: Unread) -> None:
    hides = f"; cannot tell {', '.join(sorted(group.codes))}" if group.codes else ""
    sources = wording.one_line(", ".join(group.sources))
    why = "" if group.why == "not read" else f" ({group.why})"
    _note(sheet, "not read", f"{sources}{why}{hides}")

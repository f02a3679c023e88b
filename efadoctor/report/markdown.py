"""Markdown for a comment on a pull request or a ticket (GitHub's dialect).

Names and messages come from a cluster: in prose their punctuation is escaped and mentions are
broken, as values they stand in code spans, so that none is formatted, linked or notified.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from efadoctor.model.finding import Finding
from efadoctor.model.report import Report
from efadoctor.report import wording
from efadoctor.report.reports import Reports, Style
from efadoctor.report.unread import Unread, unread

MARKER = "<!-- efadoctor -->"
"""The first line: a bot finds its own comment by it and edits that instead of adding one."""

LONGEST = 65_000
"""GitHub takes 65,536 characters in a comment."""

_CUT = "\n\n*Cut here: the whole report is longer than a comment may be.*\n"
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~$&]|^[#+=-])")
_NUMBERED = re.compile(r"^(\d+)([.)])")
_LINKING = re.compile(r"(@|#|://|\bwww\.)", re.IGNORECASE)


def render(reports: Reports, _style: Style) -> str:
    """The reports, one heading each, within the length that GitHub takes."""
    parts = [part for report in reports.reports for part in _report(report)]
    if not parts:
        parts = [prose(reports.nothing)]
    parts += _run(reports)
    text = MARKER + "\n" + "\n\n".join(parts) + "\n"
    return text if len(text) <= LONGEST else _cut(parts)


def _run(reports: Reports) -> Iterable[str]:
    """What holds for the whole run."""
    told = {
        "Not read": [f"{code(p.location)}: {prose(p.reason)}" for p in reports.problems],
        "Assumed": [prose(wording.assumption_text(a)) for a in reports.assumptions],
        "Notes": [prose(note) for note in reports.notes],
    }
    for title, lines in told.items():
        if lines:
            yield f"**{title}**\n\n" + "\n".join(f"- {line}" for line in lines)


def _cut(parts: Iterable[str]) -> str:
    """Whole parts only: a cut code fence would swallow what follows."""
    text = MARKER + "\n"
    for part in parts:
        if len(text) + len(part) + len(_CUT) > LONGEST:
            break
        text += part + "\n\n"
    return text.rstrip() + _CUT


def prose(text: str) -> str:
    """Untrusted text as itself: nothing in it is markup, a link or a mention."""
    escaped = _SPECIAL.sub(r"\\\1", wording.one_line(text))
    escaped = _NUMBERED.sub(r"\1\\\2", escaped)
    return _LINKING.sub(lambda m: f"{m[0][:1]}<!-- -->{m[0][1:]}", escaped)


def code(text: str) -> str:
    """Untrusted text as a code span."""
    text = wording.one_line(text).replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


_SUBJECTS_NAMED = 3


def _report(report: Report) -> Iterable[str]:
    names = ", ".join(code(wording.subject_name(s)) for s in report.subjects[:_SUBJECTS_NAMED])
    unnamed = len(report.subjects[_SUBJECTS_NAMED:])
    more = f" and {unnamed} more" if unnamed else ""
    yield f"### efadoctor: {report.verdict.value} - {names}{more}\n\n{prose(report.summary)}"
    if gang := wording.gang_text(report):
        yield gang
    for number, finding in enumerate(report.root_causes):
        yield _cause(finding, number)
        yield from _fix(report, number)
    if said := wording.outcome_text(report.plan):
        yield f"**{prose(said)}.**"
    if report.awaited:
        yield "\n".join(f"- awaited: {prose(a.what)}" for a in report.awaited)
    if report.warnings:
        yield "**Warnings**\n\n" + "\n".join(map(_warning, report.warnings))
    if groups := unread(report):
        yield "**Not read**\n\n" + "\n".join(map(_unread, groups))
    if report.suppressed:
        listed = ", ".join(code(s.rule) for s in report.suppressed)
        yield f"Suppressed: {listed}"


def _cause(finding: Finding, number: int) -> str:
    title = f"**{number + 1}. {_code_link(finding)} {prose(finding.title)}** - "
    lines = [
        title + code(wording.object_name(finding.object)),
        "",
        prose(" ".join(finding.chain) or finding.summary),
        "",
        "| seen at | value | expected |",
        "| --- | --- | --- |",
    ]
    for evidence in finding.evidence:
        expected = code(wording.value_text(evidence.expected)) if evidence.expected else ""
        place = code(wording.evidence_place(evidence, finding.object))
        lines.append(f"| {place} | {code(wording.value_text(evidence.value))} | {expected} |")
    return "\n".join(lines)


def _fix(report: Report, number: int) -> Iterable[str]:
    fix, after = wording.chosen_fix(report, number)
    if fix is None:
        return
    lines = [f"Fix: {prose(fix.title.rstrip('.'))} ({prose(wording.risk_text(fix))})."]
    if pasted := wording.lines_of(fix):
        body = "\n".join(pasted)
        longest = max((len(run) for run in re.findall("`+", body)), default=0)
        fence = "`" * max(3, longest + 1)
        lines += ["", f"{fence}{'diff' if fix.diff else 'sh'}", body, fence]
    label, tried = wording.tried_text(fix, after)
    lines += ["", f"{label.capitalize()} {prose(tried.rstrip('.'))}."]
    yield "\n".join(lines)


def _warning(finding: Finding) -> str:
    place = code(wording.object_name(finding.object))
    return f"- {_code_link(finding)} {place}: {prose(finding.summary)}"


def _code_link(finding: Finding) -> str:
    """The code, linked to its page; the address is the pack's own, never a cluster's."""
    return f"[{finding.code}]({finding.docs})" if finding.docs else finding.code


def _unread(group: Unread) -> str:
    sources = ", ".join(map(code, group.sources))
    hides = f"; cannot tell {', '.join(sorted(group.codes))}" if group.codes else ""
    return f"- {sources} ({prose(group.why)}){hides}"

"""A Slack message in Block Kit, with a plain fallback for notifications.

Limits: https://docs.slack.dev/reference/block-kit/blocks (50 blocks a message, 150 characters
in a header, 3,000 in a section). Escaping: https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from efadoctor.model.fix import Fix
from efadoctor.model.report import Report
from efadoctor.report import wording
from efadoctor.report.reports import Reports, Style
from efadoctor.report.unread import unread

MOST_BLOCKS = 50
HEADER_LENGTH = 150
SECTION_LENGTH = 3000
FALLBACK_LENGTH = 3000
_MARKS = {
    "blocked": ":no_entry:",
    "waiting": ":hourglass:",
    "schedulable": ":white_check_mark:",
    "scheduled": ":white_check_mark:",
    "unknown": ":grey_question:",
}

Block = dict[str, Any]


def render(reports: Reports, _style: Style) -> str:
    """``{"text": …, "blocks": […]}``, to be posted as it is."""
    return json.dumps({"text": _fallback(reports), "blocks": _blocks(reports)}, indent=2) + "\n"


def _fallback(reports: Reports) -> str:
    said = [
        f"{r.verdict.value.upper()} {wording.subjects_text(r.subjects)}: {r.summary}"
        for r in reports.reports
    ]
    return _cut(escaped("\n".join(map(wording.one_line, said)) or reports.nothing), FALLBACK_LENGTH)


def _blocks(reports: Reports) -> list[Block]:
    if not reports.reports:
        return [_section(escaped(reports.nothing))]
    blocks: list[Block] = []
    for number, report in enumerate(reports.reports):
        own = list(_report(report))
        left = len(reports.reports) - number
        if len(blocks) + len(own) > MOST_BLOCKS - 1:
            # of the first report, as much as fits; of later ones, all or none
            blocks += own[: MOST_BLOCKS - 1] if not blocks else []
            blocks.append(_context([_left_out(left if number else left - 1)]))
            return blocks
        blocks += own
    return blocks


def _left_out(reports: int) -> str:
    if not reports:
        return "Cut here: the report is longer than a message may be."
    return f"Cut here: {reports} more {'report' if reports == 1 else 'reports'} left out."


def _report(report: Report) -> Iterable[Block]:
    subjects = wording.subjects_text(report.subjects)
    yield {
        "type": "header",
        "text": {
            "type": "plain_text",
            "text": _cut(f"{report.verdict.value}: {subjects}", HEADER_LENGTH),
        },
    }
    said = " ".join(t for t in (wording.one_line(report.summary), wording.gang_text(report)) if t)
    yield _section(f"{_MARKS[report.verdict.value]} {escaped(said)}")
    for number in range(len(report.root_causes)):
        yield from _cause(report, number)
    notes = [f"{f.code} {wording.object_name(f.object)}: {f.summary}" for f in report.warnings]
    notes += [f"awaited: {a.what}" for a in report.awaited]
    notes += [f"not read: {', '.join(u.sources)} ({u.why})" for u in unread(report)]
    if notes:
        yield _section("\n".join(f"• {escaped(wording.one_line(n))}" for n in notes))
    yield _context([escaped(wording.source_text(report))])


def _cause(report: Report, number: int) -> Iterable[Block]:
    finding = report.root_causes[number]
    head = f"*{number + 1}. {finding.code}* {escaped(wording.object_name(finding.object))}"
    yield _section(f"{head}\n{escaped(wording.one_line(finding.summary))}")
    fix, after = wording.chosen_fix(report, number)
    if fix is not None:
        title = f"Fix: {wording.one_line(fix.title)} ({wording.risk_text(fix)})"
        yield _section(escaped(title))
        yield from _commands(fix, report)
        tried = escaped(" ".join(wording.tried_text(fix, after)))
        yield _context([tried, f"cause {finding.fingerprint}"])


def _commands(fix: Fix, report: Report) -> Iterable[Block]:
    """Each command whole or not at all: half a command must not be pasted."""
    diffs = (fix.diff.replace("\r\n", "\n").rstrip("\n"),) if fix.diff else ()
    for command in (*fix.commands, *diffs):
        # Slack has no escape for a backtick inside code
        block = f"```{escaped(command)}```"
        if "```" in command or len(block) > SECTION_LENGTH:
            subject = wording.subjects_text(report.subjects, 1)
            asked = "preflight" if fix.diff else f"diagnose {subject}"
            block = escaped(f"Too long for Slack: run efadoctor {asked} for it")
        yield _section(block)


def escaped(text: str) -> str:
    """Untrusted text: the three characters that begin entities, links and mentions."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut(text, SECTION_LENGTH)}}


def _context(texts: Sequence[str]) -> Block:
    elements = [{"type": "mrkdwn", "text": _cut(text, SECTION_LENGTH)} for text in texts]
    return {"type": "context", "elements": elements}


def _cut(text: str, length: int) -> str:
    """At most ``length`` characters, never in the middle of an entity."""
    if len(text) <= length:
        return text
    short = text[: length - 1]
    begun = short.rfind("&", -5)
    return (short[:begun] if begun >= 0 and ";" not in short[begun:] else short) + "…"

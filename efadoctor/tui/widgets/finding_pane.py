"""What is known of the chosen link: the evidence on one side, the fix on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from efadoctor.model.finding import Evidence, Finding
from efadoctor.model.fix import Fix
from efadoctor.model.report import Report
from efadoctor.report import wording
from efadoctor.tui.drawing.chain import Link
from efadoctor.tui.drawing.evidence import evidence_lines
from efadoctor.tui.drawing.fixes import RISKS, fix_lines
from efadoctor.tui.drawing.paragraphs import hanging, paragraph
from efadoctor.tui.drawing.states import VERDICTS
from efadoctor.tui.widgets.prose import Prose
from efadoctor.tui.widgets.scroll_box import ScrollBox
from efadoctor.tui.work.judgement import Judged

if TYPE_CHECKING:
    from efadoctor.authoring import Check


_TWO_SIDES = 100
"""Columns from which evidence and fix stand side by side, as in the stylesheet."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The chosen link with its findings, and which finding and fix of them is looked at."""

    judged: Judged
    link: Link
    findings: tuple[Finding, ...] = ()
    finding: int = 0
    fix: int = 0

    @property
    def found(self) -> Finding | None:
        """The finding that is looked at."""
        return self.findings[self.finding] if self.finding < len(self.findings) else None

    @property
    def cause(self) -> int | None:
        """Its number among the root causes, None where it is none of them."""
        causes = self.judged.report.root_causes
        return next((n for n, f in enumerate(causes) if f is self.found), None)

    @property
    def chosen_fix(self) -> tuple[Fix | None, str]:
        """The fix that is looked at, and what comes after it."""
        found = self.found
        if found is None or not found.fixes:
            return None, ""
        fix = found.fixes[self.fix % len(found.fixes)]
        if self.cause is not None:
            planned, after = wording.chosen_fix(self.judged.report, self.cause)
            if planned is fix:
                return fix, after
        return fix, fix.after

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the finding rests on; its object as a whole where it names no field."""
        found = self.found
        if found is None:
            return ()
        return found.evidence or (Evidence(object=found.object, field=""),)

    def with_next_fix(self) -> Shown:
        """Looking at another fix of the finding."""
        return msgspec.structs.replace(self, fix=self.fix + 1)

    def with_next_finding(self) -> Shown:
        """Looking at another finding of the link."""
        number = (self.finding + 1) % max(len(self.findings), 1)
        return msgspec.structs.replace(self, finding=number, fix=0)


def shown(judged: Judged, link: Link, *, before: Shown | None = None) -> Shown:
    """The link with its findings: causes first, then warnings and causes on other paths.

    Where ``before`` is of the same link, the same finding and fix of it are looked at.
    """
    report = judged.report
    every = (*report.root_causes, *report.warnings, *judged.others)
    said = tuple(f for f in every if f.check in link.checks)
    first = Shown(judged=judged, link=link, findings=said)
    if before is not None and before.link.key == link.key:
        return msgspec.structs.replace(first, finding=before.finding, fix=before.fix)
    return msgspec.structs.replace(first, fix=_planned(report, first))


def _planned(report: Report, looked_at: Shown) -> int:
    if report.plan is None or looked_at.cause is None:
        return 0
    return next((s.fix for s in report.plan.steps if s.finding == looked_at.cause), 0)


class _Part(Prose):
    """One of the two sides."""

    def __init__(self, make: Callable[[int], Iterator[Content]]) -> None:
        super().__init__()
        self._make = make

    def content(self, width: int) -> Content:
        return Content("\n").join(self._make(width))


class FindingPane(Widget):
    """Evidence and fix of one finding, side by side where there is room."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._checks: Mapping[str, Check] = {}
        self._shown: Shown | None = None
        self._judged: Judged | None = None
        self._parts = (_Part(self._evidence), _Part(self._fix))

    def compose(self) -> ComposeResult:
        yield ScrollBox(self._parts[0], id="evidence")
        yield ScrollBox(self._parts[1], id="fix")

    def know(self, checks: Mapping[str, Check]) -> None:
        """Which checks there are, by name."""
        self._checks = checks

    def show(self, shown: Shown | None, judged: Judged | None = None) -> None:
        """Show another finding; or none, and what the judgement says instead."""
        self._shown = shown
        self._judged = judged
        for part in self._parts:
            part.renew()
            if isinstance(part.parent, ScrollBox):
                part.parent.scroll_home(animate=False)

    def scroll_pages(self, step: int) -> None:
        """Scroll by a page: both sides together, or the pane where they are stacked."""
        boxes = (self, *self.query(ScrollBox))
        for box in boxes:
            if box.max_scroll_y > 0:
                box.scroll_relative(y=step * max(box.size.height - 2, 1), animate=False)

    # ---- evidence -----------------------------------------------------------

    def _evidence(self, width: int) -> Iterator[Content]:
        shown = self._shown
        if shown is None:
            if self._judged is not None:
                yield from self._nothing(self._judged, width)
            return
        finding = shown.found
        if finding is None:
            yield from self._without_finding(shown, width)
            return
        yield from self._heading(shown, finding, width)
        yield from hanging(Content(), _styled(finding.title, "$muted"), width)
        yield from self._fix_in_short(shown, width)
        yield Content()
        why = finding.chain or (finding.summary,)
        for sentence in why:
            yield from paragraph(wording.prose(sentence), "$foreground", width)
        yield Content()
        yield from evidence_lines(shown.judged.snapshot, finding, width)

    def _heading(self, shown: Shown, finding: Finding, width: int) -> Iterator[Content]:
        state = shown.link.state
        name = wording.prose(wording.object_name(finding.object))
        label = Content.styled(f"{state.glyph} {finding.code}  ", state.style)
        parts = [(name, "bold $strong")]
        count = len(shown.findings)
        if finding in shown.judged.others:
            parts.append(("  on another path", "$muted"))
        if count > 1:
            parts.append((f"  {shown.finding + 1} of {count}", "$muted"))
        yield from hanging(label, Content.assemble(*parts), width)

    def _fix_in_short(self, shown: Shown, width: int) -> Iterator[Content]:
        """Where the fix is further down: what there is to copy."""
        fix, _ = shown.chosen_fix
        if fix is None or not fix.commands or self.size.width >= _TWO_SIDES:
            return
        mark, style = RISKS[fix.risk]
        text = Content.assemble((wording.prose(fix.title), "bold $strong"), (f" {mark}", style))
        yield from hanging(Content.styled("c copies  ", "$key"), text, width)

    def _without_finding(self, shown: Shown, width: int) -> Iterator[Content]:
        """Checks that could not tell: each with its reason."""
        results = {r.check: r for r in shown.judged.report.checks}
        state = shown.link.state
        for name in shown.link.checks:
            check = self._checks.get(name)
            code = check.code if check else name
            head = Content.styled(f"{state.glyph} {code} ", state.style)
            result = results.get(name)
            reason = wording.one_line(result.summary) if result else ""
            yield from hanging(head, _styled(f"{name}: {reason}", "$foreground"), width)

    def _nothing(self, judged: Judged, width: int) -> Iterator[Content]:
        """No check has anything to say: what is awaited, or that the way is free."""
        report = judged.report
        glyph, style = VERDICTS[report.verdict]
        head = Content.styled(f"{glyph} ", f"bold {style}")
        yield from hanging(head, _styled(report.summary, "$strong"), width)
        for awaited in report.awaited:
            yield Content()
            label = Content.styled("awaited  ", "$muted")
            text = wording.awaited_text(awaited, report)
            yield from hanging(label, _styled(text, "$foreground"), width)

    # ---- fix ----------------------------------------------------------------

    def _fix(self, width: int) -> Iterator[Content]:
        shown = self._shown
        finding = shown.found if shown is not None else None
        if shown is None or finding is None:
            return
        fix, after = shown.chosen_fix
        if fix is None:
            yield _styled("FIX", "bold $key")
            yield from paragraph("None that can be printed; press d for the page.", "$muted", width)
            return
        yield self._fix_heading(shown, finding, width)
        yield from fix_lines(fix, after, width)
        plan = shown.judged.report.plan
        if plan is None or shown.cause is None:
            return
        if said := wording.outcome_text(plan):
            yield Content()
            style = "$pass" if plan.verified else "$warn"
            yield from paragraph(f"{said}.", style, width)

    def _fix_heading(self, shown: Shown, finding: Finding, width: int) -> Content:
        causes = len(shown.judged.report.root_causes)
        place = ""
        if shown.cause is not None and causes > 1:
            place = f" {shown.cause + 1} of {causes}"
        parts = [(f"FIX{place}", "bold $key")]
        others = len(finding.fixes)
        if others > 1:
            parts.append(
                (f"   way {shown.fix % others + 1} of {others}, x shows the next", "$muted")
            )
        return Content.assemble(*parts).truncate(width, ellipsis=True)


def _styled(text: str, style: str) -> Content:
    return Content.styled(wording.prose(text), style)

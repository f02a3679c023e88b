"""Fixes to switch on: each is made on a copy of the cluster, and everything is judged again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from efadoctor.report import wording
from efadoctor.tui.drawing.fixes import RISKS
from efadoctor.tui.drawing.paragraphs import hanging, paragraph
from efadoctor.tui.drawing.states import VERDICTS
from efadoctor.tui.widgets.line_list import Line, item
from efadoctor.tui.widgets.pane import Pane
from efadoctor.tui.work.judgement import Choice, Judged
from efadoctor.tui.work.scene import Scene


class WhatIfPane(Pane):
    """The fixes of the judgement as it was read, and what is left with those that are on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "choose", "switch on or off", key_display="space"),
        Binding("a", "all", "the whole plan"),
        Binding("0", "none", "none"),
    ]

    class Switched(Message):
        """These fixes are to be made on the copy, in this order."""

        def __init__(self, choices: tuple[Choice, ...]) -> None:
            super().__init__()
            self.choices = choices

    def action_all(self) -> None:
        if self._scene is not None:
            self.post_message(self.Switched(plan_of(self._scene.first)))

    def action_none(self) -> None:
        self.post_message(self.Switched(()))

    def on_line_list_chosen(self, message: Pane.Chosen) -> None:
        message.stop()
        if self._scene is not None:
            fingerprint, _, fix = message.key.rpartition("#")
            choice = Choice(fingerprint, int(fix))
            choices = switched(self._scene.judged.choices, choice)
            self.post_message(self.Switched(choices))

    def lines_of(self, scene: Scene, width: int) -> Sequence[Line]:
        return [*_offers(scene, width), *_left(scene.judged, width)]


def switched(choices: tuple[Choice, ...], choice: Choice) -> tuple[Choice, ...]:
    """The choices with one switched; of one finding's fixes, one is on at a time."""
    if choice in choices:
        return tuple(c for c in choices if c != choice)
    return (*(c for c in choices if c.fingerprint != choice.fingerprint), choice)


def plan_of(judged: Judged) -> tuple[Choice, ...]:
    """The fixes of the plan, in order."""
    report = judged.report
    steps = report.plan.steps if report.plan is not None else ()
    return tuple(Choice(report.root_causes[s.finding].fingerprint, s.fix) for s in steps)


def _left(judged: Judged, width: int) -> Iterator[Line]:
    if not judged.choices:
        said = "Nothing is switched on: above is the cluster as it was read."
        yield Line(Content())
        yield from (Line(c) for c in paragraph(said, "$muted", width))
        return
    yield Line(Content())
    yield Line(Content.styled("THEN", "bold $key"))
    for text in judged.said:
        yield from _said("·", "$muted", f"{text[:1].upper()}{text[1:]}", width)
    for text in judged.refused:
        yield from _said("✗", "$fail", f"Refused: {text}", width)
    report = judged.report
    for finding in report.root_causes:
        place = wording.object_name(finding.object)
        yield from _said("✗", "$fail", f"{finding.code} {place}: {finding.summary}", width)
    if not report.root_causes:
        glyph, style = VERDICTS[report.verdict]
        yield from _said(glyph, style, report.summary, width)


def _said(mark: str, style: str, text: str, width: int) -> Iterator[Line]:
    label = Content.styled(f"{mark} ", style)
    for content in hanging(label, Content(wording.prose(text)), width):
        yield Line(content)


def _offers(scene: Scene, width: int) -> Iterator[Line]:
    for finding in scene.first.report.root_causes:
        for number, fix in enumerate(finding.fixes):
            on = Choice(finding.fingerprint, number) in scene.judged.choices
            box = ("[x] ", "bold $pass") if on else ("[ ] ", "$muted")
            mark, style = RISKS[fix.risk]
            label = Content.assemble(
                box,
                (f"{finding.code}  ", "bold $fail" if not on else "bold $pass"),
                (f"{mark} ", style),
            )
            title = wording.prose(fix.title)
            text = Content.styled(title, "$strong" if number == 0 else "$foreground")
            key = f"{finding.fingerprint}#{number}"
            yield from item(hanging(label, text, width), key, f"{finding.code} {title}")
    if not scene.first.report.root_causes:
        yield Line(Content.styled("There is nothing to fix.", "$muted"))

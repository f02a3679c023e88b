"""The diagnosis of one subject: verdict, chain, and the panes behind the number keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from efadoctor.model.finding import Evidence, Stage
from efadoctor.model.snapshot import Snapshot
from efadoctor.report import wording
from efadoctor.tui.drawing.chain import Chain, chain_of, states_of
from efadoctor.tui.drawing.states import State, state_of
from efadoctor.tui.messages import CheckEnded, ChecksKnown, SubjectJudged
from efadoctor.tui.screens.reading_screen import ReadingScreen
from efadoctor.tui.widgets.chain_view import ChainView, chain_box
from efadoctor.tui.widgets.filter_bar import FilterBar
from efadoctor.tui.widgets.finding_pane import FindingPane, Shown, shown
from efadoctor.tui.widgets.key_bar import KeyBar
from efadoctor.tui.widgets.line_list import LineList
from efadoctor.tui.widgets.panes import CAUSE, NAMES, NODES, Panes
from efadoctor.tui.widgets.tab_bar import TabBar
from efadoctor.tui.widgets.title_bar import TitleBar
from efadoctor.tui.widgets.verdict_bar import VerdictBar
from efadoctor.tui.work.happenings import Happening, happened
from efadoctor.tui.work.judging import Choice, Judged
from efadoctor.tui.work.runs import Run
from efadoctor.tui.work.scene import Scene

if TYPE_CHECKING:
    from efadoctor.authoring import Check
    from efadoctor.tui.widgets.what_if_pane import WhatIfPane

_EMPTY = Chain(stages=dict.fromkeys(Stage, ()))


class DiagnosisScreen(ReadingScreen):
    """Judges in the background; shows what is known so far."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy_fix", "copy fix"),
        Binding("space", "what_if", "try it", key_display="space"),
        Binding("y", "yaml", "yaml"),
        Binding("d", "page", "describe"),
        Binding("C", "copy_plan", "copy plan"),
        Binding("s", "save_plan", "save plan"),
        Binding("x", "next_fix", "other fix", show=False),
        Binding("n", "next_finding", "next of this check", show=False),
        *(
            Binding(str(n + 1), f"tab({n})", name, show=False, key_display=str(n + 1))
            for n, name in enumerate(NAMES)
        ),
        Binding("tab", "into", "into the pane", show=False),
        Binding("shift+tab", "out", "back to the chain", show=False),
        Binding("slash", "filter", "filter", show=False, key_display="/"),
        Binding("pagedown,ctrl+f", "scroll_evidence(1)", "page down", show=False),
        Binding("pageup,ctrl+b", "scroll_evidence(-1)", "page up", show=False),
        Binding("r", "again", "read again", show=False),
        Binding("escape", "back", "back", key_display="esc"),
    ]

    def __init__(self, subject: str, snapshot: Snapshot | None = None) -> None:
        super().__init__()
        self.subject = subject
        self._snapshot = snapshot
        self._next: Snapshot | None = None
        self._checks: dict[str, Check] = {}
        self._states: dict[str, State] = {}
        self._first: Judged | None = None
        self._latest: Judged | None = None
        self._timeline: list[Happening] = []
        self._judged: Judged | None = None
        self._choices: tuple[Choice, ...] = ()
        self._shown: Shown | None = None
        self._run = self._answered = 0

    def compose(self) -> ComposeResult:
        yield TitleBar(self.app.title)
        yield VerdictBar(self.subject)
        yield chain_box(ChainView(_EMPTY))
        yield TabBar(NAMES)
        yield Panes(self.subject)
        yield FilterBar()
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(ChainView).focus()
        if self._snapshot is not None:
            self.call_after_refresh(self._start)
        else:
            self.query_one(VerdictBar).show_progress("reading the cluster…")

    @property
    def is_judged(self) -> bool:
        """Whether what is shown is the answer to what was asked last."""
        return self._answered == self._run > 0

    @property
    def shown(self) -> Shown | None:
        """What the first pane shows."""
        return self._shown

    # ---- judging ------------------------------------------------------------

    def take(self, snapshot: Snapshot) -> None:
        """Judge again: this is the cluster now. What is switched on stays on."""
        if self._snapshot is not None and self._run > self._answered:
            self._next = snapshot  # or a cluster that never rests would never be judged
            return
        self._snapshot, self._first = snapshot, None
        self._start()

    def tell_reading(self, text: str) -> None:
        """How far the reading is."""
        if self._judged is None:
            self.query_one(VerdictBar).show_progress(text)

    def tell_failure(self, text: str) -> None:
        """That nothing could be read."""
        if self._judged is None:
            self.query_one(VerdictBar).show_failure(text)

    def _start(self) -> None:
        if self._snapshot is None:
            return
        self._run += 1
        self._states = {}
        self.query_one(VerdictBar).show_progress("judging…")
        run = Run(
            number=self._run,
            snapshot=self._snapshot,
            subject=self.subject,
            choices=self._choices,
            first=self._first,
            checks=self.reader.checks,
            post=self.post_message,
            is_wanted=lambda number: number == self._run and self.is_attached,
        )
        self.run_worker(run.judged(), group="judging", exclusive=True)

    def on_checks_known(self, message: ChecksKnown) -> None:
        if message.run != self._run:
            return
        self._checks = {c.name: c for c in message.checks}
        self._states = dict.fromkeys(list(self._checks)[:1], State.RUNNING)
        self.query_one(FindingPane).know(self._checks)
        if self._judged is None:
            self._draw_chain()

    def on_check_ended(self, message: CheckEnded) -> None:
        if message.run != self._run:
            return
        self._states[message.result.check] = state_of(message.result.status)
        done, whole = len(self._states), len(self._checks)
        following = next((name for name in self._checks if name not in self._states), None)
        if following is not None:
            self._states[following] = State.RUNNING
        if self._judged is None:
            self._draw_chain()
        self.query_one(VerdictBar).show_progress(f"{done} of {whole} checks")

    def on_subject_judged(self, message: SubjectJudged) -> None:
        if message.run != self._run:
            return
        self._answered = message.run
        if self._next is not None:
            following, self._next = self._next, None
            self.call_later(self.take, following)
        if message.judged is None or message.first is None:
            self.query_one(VerdictBar).show_failure(message.failure)
            return
        self._timeline = [*self._timeline, *happened(self._latest, message.first)]
        self._first = self._latest = message.first
        self._judged = message.judged
        self._states = states_of(message.judged.report)
        self.query_one(TitleBar).say_place(wording.source_text(message.first.report))
        self.query_one(VerdictBar).show(message.judged)
        self._draw_chain()
        if self.query_one(ChainView).chosen is None:
            self._look_at(None)
        scene = Scene(first=message.first, judged=message.judged, timeline=tuple(self._timeline))
        self.query_one(Panes).show_scene(scene)

    def _draw_chain(self) -> None:
        report = self._judged.report if self._judged is not None else None
        chain = chain_of(self._checks.values(), self._states, report)
        self.query_one(ChainView).show(chain)

    # ---- panes --------------------------------------------------------------

    def on_chain_view_chosen(self, message: ChainView.Chosen) -> None:
        if self._judged is None:
            return
        before, fresh = self._shown, shown(self._judged, message.link)
        if before is not None and before.link.key == message.link.key:
            fresh = msgspec.structs.replace(fresh, finding=before.finding, fix=before.fix)
        self._look_at(fresh)

    def _look_at(self, looked_at: Shown | None) -> None:
        self._shown = looked_at
        self.query_one(FindingPane).show(looked_at, self._judged)

    def on_tab_bar_chosen(self, message: TabBar.Chosen) -> None:
        self.action_tab(message.number)

    def action_tab(self, number: int) -> None:
        self.query_one(TabBar).show(number)
        panes = self.query_one(Panes)
        panes.open(number)
        (self.query_one(ChainView) if number == CAUSE else panes.open_pane).focus()

    def action_into(self) -> None:
        panes = self.query_one(Panes)
        if panes.number != CAUSE:
            panes.open_pane.focus()
            return
        is_in = self.focused is not None and self.focused.id == "evidence"
        self.query_one("#fix" if is_in else "#evidence").focus()

    def action_filter(self) -> None:
        pane = self.query_one(Panes).open_pane
        if isinstance(pane, LineList):
            self.query_one(FilterBar).open_for(pane)

    def action_scroll_evidence(self, step: int) -> None:
        """Scroll what the chain's link is about, without leaving the chain."""
        self.query_one(FindingPane).scroll_pages(step)

    def action_out(self) -> None:
        self.query_one(ChainView).focus()

    # ---- what if ------------------------------------------------------------

    def action_what_if(self) -> None:
        """Switch the fix that is looked at on, or off."""
        looked_at = self._shown
        found = looked_at.found if looked_at is not None else None
        if looked_at is None or found is None or self._first is None or not found.fixes:
            self.notify("There is no fix here to try.", markup=False)
            return
        from efadoctor.tui.widgets.what_if_pane import switched

        number = looked_at.fix % len(found.fixes)
        self._switch(switched(self._choices, Choice(found.fingerprint, number)))

    def on_what_if_pane_switched(self, message: WhatIfPane.Switched) -> None:
        self._switch(message.choices)

    def _switch(self, choices: tuple[Choice, ...]) -> None:
        self._choices = choices
        self._start()

    # ---- the fix ------------------------------------------------------------

    def action_next_fix(self) -> None:
        looked_at = self._shown
        if looked_at is not None and looked_at.found is not None:
            self._look_at(msgspec.structs.replace(looked_at, fix=looked_at.fix + 1))

    def action_next_finding(self) -> None:
        looked_at = self._shown
        if looked_at is not None and looked_at.findings:
            number = (looked_at.finding + 1) % len(looked_at.findings)
            self._look_at(msgspec.structs.replace(looked_at, finding=number, fix=0))

    def action_copy_fix(self) -> None:
        fix = self._shown.chosen_fix[0] if self._shown is not None else None
        if fix is None or not fix.commands:
            self.notify("There is no command here to copy.", markup=False)
            return
        self.app.copy_to_clipboard("\n".join(fix.commands) + "\n")
        self.notify(f"Copied: {wording.one_line(fix.title)}", title="Fix", markup=False)

    def _script(self) -> str | None:
        if self._first is None or self._first.report.plan is None:
            self.notify("There is no plan: nothing is to be done.", markup=False)
            return None
        from efadoctor.fix.render.script import render_script

        return render_script(self._first.report)

    def action_copy_plan(self) -> None:
        script = self._script()
        if script is not None:
            self.app.copy_to_clipboard(script)
            self.notify("Copied the whole plan as a shell script.", title="Plan", markup=False)

    def action_save_plan(self) -> None:
        script = self._script()
        if script is not None:
            from efadoctor.tui.screens.file_name import FileNameScreen, saving

            name = f"efadoctor-{self.subject.replace('/', '-')}.sh"
            self.app.push_screen(FileNameScreen("Save the plan as", name, saving(script)))

    # ---- looking closer -----------------------------------------------------

    def _evidence(self) -> tuple[Evidence, ...]:
        panes = self.query_one(Panes)
        if panes.number == NODES:
            node = panes.evidence()
            return (node,) if node is not None else ()
        found = self._shown.found if self._shown is not None else None
        if found is None:
            return ()
        return found.evidence or (Evidence(object=found.object, field=""),)

    def action_yaml(self) -> None:
        evidence = self._evidence()
        if not evidence or self._judged is None:
            self.notify("There is no object here to show.", markup=False)
            return
        from efadoctor.tui.screens.yaml_text import YamlScreen

        self.app.push_screen(YamlScreen(self._judged.snapshot, evidence))

    def on_line_list_chosen(self) -> None:
        if self.query_one(Panes).number == NODES:
            self.action_yaml()

    def action_page(self) -> None:
        link = self.query_one(ChainView).chosen
        check = self._checks.get(link.checks[0]) if link is not None else None
        if check is None:
            self.notify("There is no check here to describe.", markup=False)
            return
        from efadoctor.tui.screens.page import PageScreen

        self.app.push_screen(PageScreen(check))

    def action_back(self) -> None:
        if self.query_one(Panes).number != CAUSE:
            self.action_tab(CAUSE)
        elif self._choices:
            self._switch(())
        else:
            self.reader.go_back()

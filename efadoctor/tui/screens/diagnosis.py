"""The diagnosis of one subject: verdict, chain, and the panes behind the number keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from efadoctor.model.finding import Evidence, Stage
from efadoctor.model.snapshot import Snapshot
from efadoctor.report import wording
from efadoctor.tui.drawing.chain import Chain, chain_of, states_of, states_so_far
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
from efadoctor.tui.work.judgement import Choice
from efadoctor.tui.work.judging import Judging

if TYPE_CHECKING:
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
        self._judging = Judging(subject, snapshot)
        self._shown: Shown | None = None

    def compose(self) -> ComposeResult:
        yield TitleBar(self.app.title)
        yield VerdictBar(self._judging.subject)
        yield chain_box(ChainView(_EMPTY))
        yield TabBar(NAMES)
        yield Panes(self._judging.subject)
        yield FilterBar()
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(ChainView).focus()
        if self._judging.has_snapshot:
            self.call_after_refresh(self._start)
        else:
            self.query_one(VerdictBar).show_progress("reading the cluster…")

    @property
    def is_judged(self) -> bool:
        """Whether what is shown is the answer to what was asked last."""
        return self._judging.is_done

    @property
    def shown(self) -> Shown | None:
        """What the first pane shows."""
        return self._shown

    # ---- judging ------------------------------------------------------------

    def take(self, snapshot: Snapshot) -> None:
        """Judge again: this is the cluster now. What is switched on stays on."""
        if self._judging.is_next(snapshot):
            self._start()

    def tell_reading(self, text: str) -> None:
        """How far the reading is."""
        if self._judging.judged is None:
            self.query_one(VerdictBar).show_progress(text)

    def tell_failure(self, text: str) -> None:
        """That nothing could be read."""
        if self._judging.judged is None:
            self.query_one(VerdictBar).show_failure(text)

    def _start(self) -> None:
        run = self._judging.begin(self.reader.checks, self.post_message, lambda: self.is_attached)
        if run is not None:
            self.query_one(VerdictBar).show_progress("judging…")
            self.run_worker(run.judged(), group="judging", exclusive=True)

    def on_checks_known(self, message: ChecksKnown) -> None:
        if not self._judging.is_latest(message):
            return
        self._judging.checks = {c.name: c for c in message.checks}
        self.query_one(FindingPane).know(self._judging.checks)
        self._draw_progress()

    def on_check_ended(self, message: CheckEnded) -> None:
        if not self._judging.is_latest(message):
            return
        checks, ended = self._judging.checks, self._judging.ended
        ended[message.result.check] = message.result.status
        self._draw_progress()
        self.query_one(VerdictBar).show_progress(f"{len(ended)} of {len(checks)} checks")

    def on_subject_judged(self, message: SubjectJudged) -> None:
        if not self._judging.is_latest(message):
            return
        following = self._judging.answer(message)
        if following is not None:
            self.call_later(self.take, following)
        scene = self._judging.scene
        if message.judged is None or scene is None:
            self.query_one(VerdictBar).show_failure(message.failure)
            return
        report = scene.judged.report
        self.query_one(TitleBar).say_place(wording.source_text(scene.first.report))
        self.query_one(VerdictBar).show(scene.judged)
        chain = chain_of(self._judging.checks.values(), states_of(report), report)
        self.query_one(ChainView).show(chain)
        if self.query_one(ChainView).chosen is None:
            self._look_at(None)
        self.query_one(Panes).show_scene(scene)

    def _draw_progress(self) -> None:
        """How far the checks are, before there is a judgement to look at."""
        checks = self._judging.checks
        if self._judging.judged is None:
            states = states_so_far(checks, self._judging.ended)
            self.query_one(ChainView).show(chain_of(checks.values(), states))

    # ---- panes --------------------------------------------------------------

    def on_chain_view_chosen(self, message: ChainView.Chosen) -> None:
        judged = self._judging.judged
        if judged is None:
            return
        self._look_at(shown(judged, message.link, before=self._shown))

    def _look_at(self, looked_at: Shown | None) -> None:
        self._shown = looked_at
        self.query_one(FindingPane).show(looked_at, self._judging.judged)

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
        if looked_at is None or found is None or self._judging.first is None or not found.fixes:
            self.notify("There is no fix here to try.", markup=False)
            return
        from efadoctor.tui.widgets.what_if_pane import switched

        number = looked_at.fix % len(found.fixes)
        self._switch(switched(self._judging.choices, Choice(found.fingerprint, number)))

    def on_what_if_pane_switched(self, message: WhatIfPane.Switched) -> None:
        self._switch(message.choices)

    def _switch(self, choices: tuple[Choice, ...]) -> None:
        self._judging.choices = choices
        self._start()

    # ---- the fix ------------------------------------------------------------

    def action_next_fix(self) -> None:
        looked_at = self._shown
        if looked_at is not None and looked_at.found is not None:
            self._look_at(looked_at.with_next_fix())

    def action_next_finding(self) -> None:
        looked_at = self._shown
        if looked_at is not None and looked_at.findings:
            self._look_at(looked_at.with_next_finding())

    def action_copy_fix(self) -> None:
        fix = self._shown.chosen_fix[0] if self._shown is not None else None
        if fix is None or not fix.commands:
            self.notify("There is no command here to copy.", markup=False)
            return
        self.app.copy_to_clipboard("\n".join(fix.commands) + "\n")
        self.notify(f"Copied: {wording.one_line(fix.title)}", title="Fix", markup=False)

    def _script(self) -> str | None:
        first = self._judging.first
        if first is None or first.report.plan is None:
            self.notify("There is no plan: nothing is to be done.", markup=False)
            return None
        from efadoctor.fix.render.script import render_script

        return render_script(first.report)

    def action_copy_plan(self) -> None:
        script = self._script()
        if script is not None:
            self.app.copy_to_clipboard(script)
            self.notify("Copied the whole plan as a shell script.", title="Plan", markup=False)

    def action_save_plan(self) -> None:
        script = self._script()
        if script is not None:
            from efadoctor.tui.screens.file_name import FileNameScreen, saving

            name = f"efadoctor-{self._judging.subject.replace('/', '-')}.sh"
            self.app.push_screen(FileNameScreen("Save the plan as", name, saving(script)))

    # ---- looking closer -----------------------------------------------------

    def _evidence(self) -> tuple[Evidence, ...]:
        panes = self.query_one(Panes)
        if panes.number == NODES:
            node = panes.evidence()
            return (node,) if node is not None else ()
        return self._shown.evidence if self._shown is not None else ()

    def action_yaml(self) -> None:
        evidence, judged = self._evidence(), self._judging.judged
        if not evidence or judged is None:
            self.notify("There is no object here to show.", markup=False)
            return
        from efadoctor.tui.screens.yaml_text import YamlScreen

        self.app.push_screen(YamlScreen(judged.snapshot, evidence))

    def on_line_list_chosen(self) -> None:
        if self.query_one(Panes).number == NODES:
            self.action_yaml()

    def action_page(self) -> None:
        link = self.query_one(ChainView).chosen
        check = self._judging.checks.get(link.checks[0]) if link is not None else None
        if check is None:
            self.notify("There is no check here to describe.", markup=False)
            return
        from efadoctor.tui.screens.page import PageScreen

        self.app.push_screen(PageScreen(check))

    def action_back(self) -> None:
        if self.query_one(Panes).number != CAUSE:
            self.action_tab(CAUSE)
        elif self._judging.choices:
            self._switch(())
        else:
            self.reader.go_back()

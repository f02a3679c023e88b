"""The panes behind the number keys: made when they are first asked for, one seen at a time."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget

from efadoctor.model.finding import Evidence
from efadoctor.tui.messages import NodesSeen
from efadoctor.tui.widgets.finding_pane import FindingPane
from efadoctor.tui.widgets.pane import Pane
from efadoctor.tui.work.background import in_background, reason_of
from efadoctor.tui.work.judgement import Judged
from efadoctor.tui.work.scene import Scene

NAMES = ("Cause", "Nodes", "Paths", "Scheduler", "Read", "What if", "Changes")
CAUSE, NODES, PATHS, SCHEDULER, READ, WHAT_IF, CHANGES = range(len(NAMES))


class Panes(Vertical):
    """Shows the same scene in whichever pane is open."""

    def __init__(self, subject: str) -> None:
        super().__init__(id="panes")
        self._subject = subject
        self._scene: Scene | None = None
        self.number = CAUSE

    def compose(self) -> ComposeResult:
        yield FindingPane(id=f"pane-{CAUSE}")

    @property
    def open_pane(self) -> Widget:
        """The pane that is seen."""
        found = self.query(f"#pane-{self.number}")
        if found:
            return found.first()
        pane = _new_pane(self.number)
        self.mount(pane)
        return pane

    def open(self, number: int) -> None:
        """Show another pane."""
        self.number = number
        pane = self.open_pane
        for other in self.children:
            other.display = other is pane
        self._show()

    def show_scene(self, scene: Scene) -> None:
        """Show another scene."""
        self._scene = scene
        self._show()

    def evidence(self) -> Evidence | None:
        """The node that is pointed at, where the pane of the nodes is open."""
        from efadoctor.tui.widgets.nodes_pane import NodesPane

        pane = self.open_pane
        return pane.evidence() if isinstance(pane, NodesPane) else None

    def _show(self) -> None:
        pane = self.open_pane
        if self._scene is None or not isinstance(pane, Pane):
            return
        if self.number == NODES:
            self.run_worker(self._see_nodes(self._scene.judged), group="nodes", exclusive=True)
        pane.show_scene(self._scene)

    async def _see_nodes(self, judged: Judged) -> None:
        from efadoctor.tui.work.kinds_of_node import kinds_of_node

        try:
            classes = await in_background(
                lambda: kinds_of_node(judged.snapshot, self._subject, judged.report.paths)
            )
        except Exception as error:  # noqa: BLE001  (said where the nodes would be)
            self.notify(reason_of(error), severity="error", markup=False)
            return
        self.post_message(NodesSeen(judged, classes))

    def on_nodes_seen(self, message: NodesSeen) -> None:
        from efadoctor.tui.widgets.nodes_pane import NodesPane

        if self._scene is not None and message.judged is self._scene.judged:
            for pane in self.query(NodesPane):
                pane.show_classes(message.classes)


def _new_pane(number: int) -> Widget:
    """A pane; its module is imported now, and not for the first paint."""
    from efadoctor.tui.widgets.changes_pane import ChangesPane
    from efadoctor.tui.widgets.coverage_pane import CoveragePane
    from efadoctor.tui.widgets.nodes_pane import NodesPane
    from efadoctor.tui.widgets.paths_pane import PathsPane
    from efadoctor.tui.widgets.scheduler_pane import SchedulerPane
    from efadoctor.tui.widgets.what_if_pane import WhatIfPane

    kinds: dict[int, type[Pane]] = {
        NODES: NodesPane,
        PATHS: PathsPane,
        SCHEDULER: SchedulerPane,
        READ: CoveragePane,
        WHAT_IF: WhatIfPane,
        CHANGES: ChangesPane,
    }
    return kinds[number](id=f"pane-{number}")

"""The application: reads in the background, keeps the snapshot, opens screens."""

from __future__ import annotations

import os
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from efadoctor.model.inert import inert
from efadoctor.model.snapshot import Snapshot
from efadoctor.tui.commands import Actions, Pages
from efadoctor.tui.messages import ReadingEnded, ReadingWent, SnapshotRead
from efadoctor.tui.reading import Read
from efadoctor.tui.screens.diagnosis import DiagnosisScreen
from efadoctor.tui.screens.help import HelpScreen
from efadoctor.tui.screens.pending import PendingScreen
from efadoctor.tui.themes import DARK, LIGHT, PLAIN, THEMES
from efadoctor.tui.work.background import AbandonedError, in_background, reason_of


class EfadoctorApp(App[None]):
    """One reading, and the screens that show what it gave."""

    TITLE = "efadoctor"
    CSS_PATH = "efadoctor.tcss"
    COMMANDS = {Actions, Pages}
    COMMAND_PALETTE_BINDING = "colon"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide"), (160, "-very-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-low"), (30, "-high")]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "next_theme", "light or dark", show=False),
        Binding("question_mark", "show_help", "help", key_display="?"),
        Binding("q", "go_back", "quit"),
        Binding("ctrl+q,ctrl+c", "quit", "quit at once", show=False),
    ]

    def __init__(
        self, read: Read, subject: str | None, title: str, namespace: str | None = None
    ) -> None:
        plain = "NO_COLOR" in os.environ and bool(os.environ["NO_COLOR"])
        super().__init__(ansi_color=True if plain else None)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = PLAIN.name if plain else DARK.name
        self.title = inert(title)
        self.snapshot: Snapshot | None = None
        self._read = read
        self._subject = subject
        self._namespace = namespace
        self._reading = 0
        self._objects: dict[str, int] = {}

    def get_default_screen(self) -> Screen[None]:
        if self._subject is not None:
            return DiagnosisScreen(self._subject)
        return PendingScreen(self._namespace)

    def on_ready(self) -> None:
        self.read_again()

    # ---- reading ------------------------------------------------------------

    def read_again(self) -> None:
        """Read from the beginning; what is shown stays until there is something newer."""
        self._reading += 1
        self._objects = {}
        self.run_worker(self._follow(self._reading), group="reading", exclusive=True)

    async def _follow(self, number: int) -> None:
        def tell(source: str, objects: int) -> None:
            if number != self._reading or not self.is_running:
                raise AbandonedError
            self.post_message(ReadingWent(source, objects))

        def work() -> None:
            for snapshot in self._read(tell):
                if number != self._reading or not self.is_running:
                    raise AbandonedError
                self.post_message(SnapshotRead(snapshot))

        try:
            await in_background(work)
        except AbandonedError:
            return
        except Exception as error:  # noqa: BLE001  (shown, and nothing is lost)
            self.post_message(ReadingEnded(reason_of(error)))
            return
        self.post_message(ReadingEnded())

    def on_reading_went(self, message: ReadingWent) -> None:
        self._objects[message.source] = message.objects
        count = sum(self._objects.values())
        text = f"reading: {len(self._objects)} lists, {count:,} objects"
        for screen in self.screen_stack:
            if isinstance(screen, DiagnosisScreen | PendingScreen):
                screen.tell_reading(text)

    def on_snapshot_read(self, message: SnapshotRead) -> None:
        self.snapshot = message.snapshot
        for screen in self.screen_stack:
            if isinstance(screen, DiagnosisScreen | PendingScreen):
                screen.take(message.snapshot)

    def on_reading_ended(self, message: ReadingEnded) -> None:
        if not message.failure:
            return
        if self.snapshot is not None:
            self.notify(inert(message.failure), severity="error", markup=False)
        for screen in self.screen_stack:
            if isinstance(screen, DiagnosisScreen | PendingScreen):
                screen.tell_failure(inert(message.failure))

    # ---- screens ------------------------------------------------------------

    def open_subject(self, subject: str) -> None:
        """Open the diagnosis of one subject above the list."""
        self.push_screen(DiagnosisScreen(subject, self.snapshot))

    def go_back(self) -> None:
        """Close the screen on top; the last one ends the program."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        else:
            self.exit()

    def action_go_back(self) -> None:
        self.go_back()

    def action_next_theme(self) -> None:
        if self.theme != PLAIN.name:
            self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    def action_show_help(self) -> None:
        keys: dict[str, tuple[str, str]] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.description and binding.action not in keys:
                keys[binding.action] = (self.get_key_display(binding), binding.description)
        self.push_screen(HelpScreen(list(keys.values())))

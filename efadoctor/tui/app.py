"""The application: reads in the background, keeps the snapshot, opens screens."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.screen import Screen

from efadoctor.model.arrived import Arrived
from efadoctor.model.inert import inert
from efadoctor.model.snapshot import Snapshot
from efadoctor.tui.commands import Actions, Pages
from efadoctor.tui.messages import ReadingEnded, ReadingWent, SnapshotRead
from efadoctor.tui.own_bindings import own_bindings
from efadoctor.tui.reading import Read, Tell
from efadoctor.tui.screens.diagnosis import DiagnosisScreen
from efadoctor.tui.screens.file_name import FileNameScreen
from efadoctor.tui.screens.help import HelpScreen
from efadoctor.tui.screens.pending import PendingScreen
from efadoctor.tui.screens.reading_screen import ReadingScreen
from efadoctor.tui.themes import DARK, LIGHT, PLAIN, THEMES
from efadoctor.tui.work.background import AbandonedError, in_background, reason_of

if TYPE_CHECKING:
    from efadoctor.authoring import Check


class EfadoctorApp(App[None]):
    """One reading, and the screens that show what it gave.

    ``read``, ``subject``, ``title`` and ``namespace`` are those of ``open_live``; ``checks``
    are asked instead of those of every installed pack.
    """

    TITLE = "efadoctor"
    CSS_PATH = "efadoctor.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {Actions, Pages}
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  (declared by textual)
        (0, "-tiny"),
        (60, "-narrow"),
        (100, "-wide"),
        (160, "-very-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012  (as above)
        (0, "-flat"),
        (16, "-low"),
        (30, "-high"),
    ]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "go_back", "quit"),
        Binding("colon", "command_palette", "commands", key_display=":"),
        Binding("question_mark", "show_help", "help", key_display="?"),
        Binding("ctrl+t", "next_theme", "light or dark", show=False),
        Binding("o", "open_capture", "open a capture", show=False),
        Binding("ctrl+s", "save_capture", "save a capture", show=False),
        Binding("ctrl+q,ctrl+c", "quit", "quit at once", show=False),
    ]

    def __init__(
        self,
        read: Read,
        subject: str | None,
        title: str,
        namespace: str | None = None,
        checks: Sequence[Check] | None = None,
        *,
        no_color: bool = False,
    ) -> None:
        plain = no_color or bool(os.environ.get("NO_COLOR"))
        if plain:
            os.environ["NO_COLOR"] = "1"  # what textual looks at, and takes away
        super().__init__(ansi_color=True if plain else None)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = PLAIN.name if plain else DARK.name
        self.title = inert(title)
        self.snapshot: Snapshot | None = None
        self.checks = checks
        self._read = read
        self._subject = subject
        self._namespace = namespace
        self._reading = 0
        self._arrived = Arrived()
        self.defect: Exception | None = None

    def _handle_exception(self, error: Exception) -> None:
        """A defect ends the program; whoever started it says so, once the terminal is its own."""
        if self.is_headless:
            super()._handle_exception(error)
            return
        self.defect = self.defect or error
        self.exit()

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
        self._arrived = Arrived()
        self.run_worker(self._follow(self._reading), group="reading", exclusive=True)

    async def _follow(self, number: int) -> None:
        def is_wanted() -> bool:
            return number == self._reading and self.is_running

        def post(source: str, objects: int) -> None:
            self.post_message(ReadingWent(source, objects))

        def work() -> None:
            for snapshot in self._read(Tell(post, is_wanted)):
                if not is_wanted():
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
        self._arrived.note(message.source, message.objects)
        for screen in self.screen_stack:
            if isinstance(screen, ReadingScreen):
                screen.tell_reading(str(self._arrived))

    def on_snapshot_read(self, message: SnapshotRead) -> None:
        self.snapshot = message.snapshot
        for screen in self.screen_stack:
            if isinstance(screen, ReadingScreen):
                screen.take(message.snapshot)

    def on_reading_ended(self, message: ReadingEnded) -> None:
        if not message.failure:
            return
        if self.snapshot is not None:
            self.notify(inert(message.failure), severity="error", markup=False)
        for screen in self.screen_stack:
            if isinstance(screen, ReadingScreen):
                screen.tell_failure(inert(message.failure))

    # ---- captures -----------------------------------------------------------

    def action_save_capture(self) -> None:
        """Save what was read, redacted, as a bundle."""
        snapshot = self.snapshot
        if snapshot is None:
            self.notify("Nothing has been read yet.", markup=False)
            return

        def save(path: Path) -> str:
            from efadoctor.collect.capture import capture

            capture(snapshot, path)
            return f"Saved {inert(str(path))}, redacted."

        self.push_screen(FileNameScreen("Save a capture as", "efadoctor-capture.tar.gz", save))

    def action_open_capture(self) -> None:
        """Look at a bundle instead; reading again reads what was read before."""

        def load(path: Path) -> str:
            self.post_message(SnapshotRead(Snapshot.load(path)))
            return f"Opened {inert(str(path))}"

        self.push_screen(FileNameScreen("Open a capture", "", load))

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
        keys = [(self.get_key_display(b), b.description) for _, b in own_bindings(self.screen)]
        self.push_screen(HelpScreen(keys))

"""Asks for a file's name, and does something with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from efadoctor.model.errors import EfadoctorError
from efadoctor.model.inert import inert
from efadoctor.tui.work.background import in_background

_ONLY_OWNER = 0o600


class FileNameScreen(ModalScreen[None]):
    """``act`` is called with the path, in the background; it returns what to say then."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "back")]

    def __init__(self, prompt: str, name: str, act: Callable[[Path], str]) -> None:
        super().__init__()
        self._prompt = prompt
        self._suggested = name
        self._act = act

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(self._prompt, markup=False, id="dialog-title")
            yield Input(self._suggested, select_on_focus=False)
            yield Static("enter does it, esc goes back", markup=False, id="dialog-note")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.run_worker(self._run(event.value), exclusive=True)

    async def _run(self, name: str) -> None:
        note = self.query_one("#dialog-note", Static)
        try:
            said = await in_background(lambda: self._act(Path(name).expanduser()))
        except FileExistsError:
            note.update("There is such a file already; it stays as it is.")
        except EfadoctorError as error:
            note.update(inert(str(error)))
        except (OSError, ValueError, RuntimeError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            note.update(inert(f"That cannot be done: {why}"))
        else:
            self.app.notify(said, markup=False)
            self.dismiss()


def saving(text: str) -> Callable[[Path], str]:
    """Saves a text in a file that does not exist yet, for its owner alone."""

    def save(path: Path) -> str:
        path.touch(_ONLY_OWNER, exist_ok=False)
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
        return f"Saved {inert(str(path))}"

    return save

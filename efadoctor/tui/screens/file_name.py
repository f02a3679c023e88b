"""Asks where to save something."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from efadoctor.model.inert import inert


class FileNameScreen(ModalScreen[None]):
    """Saves a text in a file that does not exist yet."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "back")]

    def __init__(self, name: str, text: str) -> None:
        super().__init__()
        self._suggested = name
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static("Save as", markup=False, id="dialog-title")
            yield Input(self._suggested, select_on_focus=False)
            yield Static("enter saves, esc goes back", markup=False, id="dialog-note")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        path = Path(event.value).expanduser()
        note = self.query_one("#dialog-note", Static)
        try:
            with path.open("x", encoding="utf-8", errors="backslashreplace") as file:
                os.chmod(path, 0o600)
                file.write(self._text)
        except FileExistsError:
            note.update("There is such a file already; it stays as it is.")
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            note.update(f"Cannot write it: {why}")
        else:
            self.dismiss()
            self.app.notify(f"Saved {inert(str(path))}", markup=False)

"""What the two screens that show a reading have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.screen import Screen

from efadoctor.model.snapshot import Snapshot

if TYPE_CHECKING:
    from efadoctor.tui.app import EfadoctorApp


class ReadingScreen(Screen[None]):
    """The app tells it of every snapshot, and how the reading goes."""

    @property
    def reader(self) -> EfadoctorApp:
        """The app, which reads."""
        return cast("EfadoctorApp", self.app)

    def take(self, snapshot: Snapshot) -> None:
        """Show the cluster as it is now."""
        raise NotImplementedError

    def tell_reading(self, text: str) -> None:
        """How far the reading is."""
        raise NotImplementedError

    def tell_failure(self, text: str) -> None:
        """That nothing could be read."""
        raise NotImplementedError

    def action_again(self) -> None:
        self.reader.read_again()

"""What the two screens that show a reading have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, cast

from textual.screen import Screen

from efadoctor.model.snapshot import Snapshot

if TYPE_CHECKING:
    from efadoctor.authoring import Check


class Reader(Protocol):
    """What such a screen asks of the app, which reads."""

    checks: Sequence[Check] | None

    def read_again(self) -> None:
        """Read from the beginning."""

    def open_subject(self, subject: str) -> None:
        """Open the diagnosis of one subject."""

    def go_back(self) -> None:
        """Close the screen on top."""


class ReadingScreen(Screen[None]):
    """The app tells it of every snapshot, and how the reading goes."""

    @property
    def reader(self) -> Reader:
        """The app."""
        return cast("Reader", self.app)

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

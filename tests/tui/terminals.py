"""A terminal that nobody sees, for the tests of the screens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from time import monotonic

from textual.pilot import Pilot

from efadoctor.authoring import Check
from efadoctor.incidents import Incident, incidents
from efadoctor.model.snapshot import Snapshot
from efadoctor.packs import installed_checks
from efadoctor.tui.app import EfadoctorApp
from efadoctor.tui.reading import Read
from efadoctor.tui.screens.diagnosis import DiagnosisScreen
from efadoctor.tui.screens.pending import PendingScreen
from efadoctor.tui.widgets.pending_list import PendingList

PATIENCE = 30.0
"""Seconds after which a test no longer waits: the machine may be busy."""

CODES = ("EFA104", "EFA105", "EFA402", "EFA412", "EFA501", "EFA703", "EFA804")
"""The checks that pictures are taken with: others come and go."""

CHECKS = tuple(c for c in installed_checks() if c.code in CODES)


def incident(name: str = "walkthrough") -> Incident:
    """A shipped incident."""
    return next(i for i in incidents() if i.name == name)


def reading(*snapshots: Snapshot) -> Read:
    """Reads these, one after another."""
    return lambda _tell: iter(snapshots)


async def until(pilot: Pilot[None], done: Callable[[], bool]) -> None:
    """Waits for something to become true."""
    deadline = monotonic() + PATIENCE
    while not done():
        assert monotonic() < deadline, "waited in vain"
        await pilot.pause(0.01)
    await pilot.pause()


def is_judged(app: EfadoctorApp) -> bool:
    """Whether the diagnosis on top has come to an end."""
    screen = app.screen
    return isinstance(screen, DiagnosisScreen) and screen.is_judged


def is_listed(app: EfadoctorApp) -> bool:
    """Whether everything that is pending has been judged."""
    screen = app.screen_stack[0]
    return isinstance(screen, PendingScreen) and screen.is_judged


def seen(app: EfadoctorApp) -> str:
    """The text on the screen."""
    width, height = app.size
    rows = app.screen._compositor.render_strips()[:height]
    return "\n".join(strip.text[:width].rstrip() for strip in rows)


@asynccontextmanager
async def diagnosis(
    size: tuple[int, int] = (120, 40), name: str = "walkthrough"
) -> AsyncIterator[tuple[EfadoctorApp, Pilot[None]]]:
    """The diagnosis of an incident, judged."""
    played = incident(name)
    app = EfadoctorApp(reading(played.snapshot()), played.subject, f"demo {name}", checks=CHECKS)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: is_judged(app))
        yield app, pilot


@asynccontextmanager
async def listed(
    snapshot: Snapshot,
    size: tuple[int, int] = (120, 40),
    checks: Sequence[Check] = CHECKS,
) -> AsyncIterator[tuple[EfadoctorApp, Pilot[None]]]:
    """The list of what is pending, judged."""
    app = EfadoctorApp(reading(snapshot), None, "a test", checks=checks)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: is_listed(app))
        yield app, pilot


def pending_list(app: EfadoctorApp) -> PendingList:
    """The list of what is pending."""
    return app.screen_stack[0].query_one(PendingList)


def codes(app: EfadoctorApp, screen: int = -1) -> list[str]:
    """The root causes that are shown: on the screen on top, or on the lowest (0)."""
    found = app.screen_stack[screen]
    assert isinstance(found, DiagnosisScreen)
    assert found.shown is not None
    return [f.code for f in found.shown.judged.report.root_causes]


def looked_at(app: EfadoctorApp) -> str:
    """The code that the first pane is about."""
    assert isinstance(app.screen, DiagnosisScreen)
    shown = app.screen.shown
    return shown.found.code if shown is not None and shown.found is not None else ""


async def pressed(app: EfadoctorApp, pilot: Pilot[None], *keys: str) -> None:
    """Presses keys and waits for what they set off."""

    def answered() -> bool:
        return not isinstance(app.screen, DiagnosisScreen) or is_judged(app)

    for key in keys:
        await pilot.press(key)
        await until(pilot, answered)

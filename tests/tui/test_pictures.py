"""The screens that matter, as pictures.

A picture that changes is looked at, and then kept: ``make pictures`` writes them anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.pilot import Pilot
from tui.terminals import CHECKS, incident, is_listed, reading, until
from tui.terminals import diagnosis as diagnosed

from efadoctor.tui.app import EfadoctorApp

FOLDER = Path(__file__).parent / "pictures"


def held_against(name: str, app: EfadoctorApp) -> None:
    """The picture is the one that was kept."""
    picture = app.export_screenshot(title="efadoctor")
    kept = FOLDER / f"{name}.svg"
    if os.environ.get("EFADOCTOR_WRITE_PICTURES"):
        kept.write_text(picture, encoding="utf-8")
    assert kept.exists(), f"no picture {name}: make pictures"
    assert picture == kept.read_text(encoding="utf-8"), f"{name} looks different: make pictures"


SCREENS: dict[str, tuple[tuple[int, int], tuple[str, ...]]] = {
    "cause-120x40": ((120, 40), ()),
    "second-cause-120x40": ((120, 40), ("j",)),
    "cause-80x24": ((80, 24), ()),
    "cause-40x10": ((40, 10), ()),
    "nodes-120x40": ((120, 40), ("2", "enter")),
    "paths-100x30": ((100, 30), ("3",)),
    "scheduler-100x30": ((100, 30), ("4",)),
    "what-if-one-120x40": ((120, 40), ("space", "6")),
    "what-if-all-120x40": ((120, 40), ("6", "a")),
    "yaml-100x30": ((100, 30), ("y",)),
    "help-100x40": ((100, 40), ("question_mark",)),
}


@pytest.mark.parametrize("name", SCREENS)
async def test_a_screen_looks_as_it_did(name: str) -> None:
    size, keys = SCREENS[name]
    async with diagnosed(size) as (app, pilot):
        for key in keys:
            await pilot.press(key)
            await until(pilot, lambda: all_quiet(app))
        await settled(pilot, app)
        held_against(name, app)


async def test_the_list_of_what_is_pending_looks_as_it_did() -> None:
    app = EfadoctorApp(reading(incident().snapshot()), None, "demo walkthrough", checks=CHECKS)
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: is_listed(app))
        await settled(pilot, app)
        held_against("pending-120x30", app)


async def settled(pilot: Pilot[None], app: EfadoctorApp) -> None:
    """Waits until nothing is being worked on and two looks at the screen see the same."""
    before = ""

    def stays() -> bool:
        nonlocal before
        last, before = before, app.export_screenshot(title="efadoctor")
        return all_quiet(app) and last == before

    await until(pilot, stays)


def all_quiet(app: EfadoctorApp) -> bool:
    """Nothing is being worked on."""
    return not any(w.is_running for w in app.workers if w.group in ("judging", "nodes"))

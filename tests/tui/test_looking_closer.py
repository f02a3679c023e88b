"""Objects, pages, help and the palette: what opens above the diagnosis."""

from __future__ import annotations

from tui.terminals import diagnosis, pressed, seen, until

from efadoctor.tui.screens.diagnosis import DiagnosisScreen
from efadoctor.tui.screens.help import HelpScreen
from efadoctor.tui.screens.page import PageScreen


async def test_y_shows_the_object_at_the_line_of_the_evidence_and_n_the_next() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "y")
        marked = next(row for row in seen(app).splitlines() if "▶" in row)
        assert "key: vpc.amazon.com/efa" in marked
        await pressed(app, pilot, "n")
        assert "Node ip-10-0-13-190" in seen(app)
        marked = next(row for row in seen(app).splitlines() if "▶" in row)
        assert "key: vpc.amazonaws.com" in marked
        await pressed(app, pilot, "c")
        assert "kind: Node" in app.clipboard
        await pressed(app, pilot, "escape")
        assert isinstance(app.screen, DiagnosisScreen)


async def test_d_shows_the_page_of_the_code() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "d")
        assert isinstance(app.screen, PageScreen)
        for heading in ("WHAT IT CHECKS", "WHY IT MATTERS", "EVIDENCE", "SOURCES"):
            assert heading in seen(app)
        await pressed(app, pilot, "q")
        assert isinstance(app.screen, DiagnosisScreen)


async def test_a_question_mark_shows_every_key_and_every_shape() -> None:
    async with diagnosis((120, 50)) as (app, pilot):
        await pressed(app, pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        for text in ("copy fix", "save plan", "commands", "light or dark", "✗ failed", "▲ warning"):
            assert text in seen(app)
        await pressed(app, pilot, "escape")


async def test_a_colon_opens_every_action_by_its_words() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "colon", *"copy plan")
        await until(pilot, lambda: "key C" in seen(app))
        await pressed(app, pilot, "enter", "enter")
        await until(pilot, lambda: app.clipboard.startswith("#!/usr/bin/env bash"))


async def test_the_palette_finds_the_page_of_any_check() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "colon", *"efa601")
        await until(pilot, lambda: "sg-egress-self-missing" in seen(app))
        await pressed(app, pilot, "enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, PageScreen))


async def test_ctrl_t_turns_the_light_on() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "ctrl+t")
        assert app.theme == "efadoctor-light"
        await pressed(app, pilot, "ctrl+t")
        assert app.theme == "efadoctor-dark"

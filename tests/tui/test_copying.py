"""The keys that copy, save and open."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input
from tui.terminals import codes, diagnosis, is_judged, pressed, seen, until

from efadoctor.tui.screens.diagnosis import DiagnosisScreen


async def test_a_capital_c_copies_the_whole_plan_as_a_script() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "C")
        assert app.clipboard.startswith("#!/usr/bin/env bash")
        assert app.clipboard.count("kubectl patch") >= 3


async def test_s_saves_the_plan_for_its_owner_alone_and_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "s")
        await pilot.press("enter")
        saved = tmp_path / "efadoctor-default-efa-test-pod.sh"
        await until(pilot, lambda: isinstance(app.screen, DiagnosisScreen))
        assert saved.read_text().startswith("#!/usr/bin/env bash")
        assert saved.stat().st_mode & 0o077 == 0
        saved.write_text("mine")
        await pressed(app, pilot, "s")
        await pilot.press("enter")
        await until(pilot, lambda: "such a file already" in seen(app))
        assert saved.read_text() == "mine"
        await pilot.press("escape")


async def test_a_file_that_cannot_be_written_is_said_and_nothing_else_happens() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "s")
        app.screen.query_one(Input).value = "/proc/nowhere/x"
        await pilot.press("enter")
        await until(pilot, lambda: "cannot be done" in seen(app))


async def test_a_capture_can_be_saved_and_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "ctrl+s", "enter")
        await until(pilot, (tmp_path / "efadoctor-capture.tar.gz").exists)
        await until(pilot, lambda: isinstance(app.screen, DiagnosisScreen))
        first = app.snapshot
        await pressed(app, pilot, "o")
        app.screen.query_one(Input).value = "efadoctor-capture.tar.gz"
        await pilot.press("enter")
        await until(pilot, lambda: app.snapshot is not first and is_judged(app))
        assert codes(app) == ["EFA105", "EFA402", "EFA412"]


async def test_a_capture_that_is_none_is_said(tmp_path: Path) -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "o")
        app.screen.query_one(Input).value = str(tmp_path / "nothing.tar.gz")
        await pilot.press("enter")
        await until(pilot, lambda: "nothing.tar.gz" in seen(app))
        assert codes(app, screen=0) == ["EFA105", "EFA402", "EFA412"]

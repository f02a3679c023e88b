"""Every key, on the incident that ships."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from terminals import diagnosis, incident, is_judged, listed, seen, until
from textual.pilot import Pilot
from textual.widgets import Input

from efadoctor.model.report import Verdict
from efadoctor.tui.app import EfadoctorApp
from efadoctor.tui.screens.diagnosis import DiagnosisScreen
from efadoctor.tui.screens.help import HelpScreen
from efadoctor.tui.screens.page import PageScreen
from efadoctor.tui.screens.pending import PendingScreen
from efadoctor.tui.screens.yaml_text import YamlScreen


def codes(app: EfadoctorApp) -> list[str]:
    """The root causes that are shown."""
    assert isinstance(app.screen, DiagnosisScreen)
    assert app.screen.shown is not None
    return [f.code for f in app.screen.shown.judged.report.root_causes]


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


# ---- the demo, as somebody new to it ----------------------------------------


async def test_from_the_demo_to_the_copied_fix_takes_one_key_that_is_shown() -> None:
    async with diagnosis() as (app, pilot):
        assert "c copy fix" in seen(app)
        await pressed(app, pilot, "c")
        assert app.clipboard.startswith("kubectl patch pod/efa-test-pod -n default")
        assert app.clipboard.endswith("\n")


async def test_at_80_by_24_verdict_cause_fix_and_the_key_that_copies_it_are_on_one_screen() -> None:
    async with diagnosis((80, 24)) as (app, _):
        screen = seen(app)
        for text in ("BLOCKED", "EFA105", "EFA402", "EFA412", "c copies", "c copy fix", "? help"):
            assert text in screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 20), (240, 60)])
async def test_every_cause_is_drawn_and_led_to_what_it_comes_to(size: tuple[int, int]) -> None:
    async with diagnosis(size) as (app, _):
        for code in ("EFA105", "EFA402", "EFA412"):
            assert code in seen(app)


# ---- in the chain -----------------------------------------------------------


@pytest.mark.parametrize(("down", "up"), [("j", "k"), ("down", "up"), ("right", "left")])
async def test_letters_and_arrows_go_from_cause_to_cause_and_back(down: str, up: str) -> None:
    async with diagnosis() as (app, pilot):
        assert looked_at(app) == "EFA105"
        await pressed(app, pilot, down)
        assert looked_at(app) == "EFA402"
        await pressed(app, pilot, up, up)
        assert looked_at(app) == "EFA804"


async def test_a_click_on_a_link_of_the_chain_chooses_it() -> None:
    async with diagnosis() as (app, pilot):
        rows = seen(app).splitlines()
        y = next(n for n, row in enumerate(rows) if "✗ EFA412" in row)
        await pilot.click(offset=(rows[y].index("EFA412"), y))
        await pilot.pause()
        assert looked_at(app) == "EFA412"


async def test_x_shows_another_way_to_fix_it() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "j", "x", "c")
        assert app.clipboard.startswith("helm upgrade")


async def test_tab_goes_into_the_evidence_and_the_fix_and_shift_tab_back() -> None:
    async with diagnosis() as (app, pilot):
        for key, focused in (("tab", "evidence"), ("tab", "fix"), ("shift+tab", None)):
            await pressed(app, pilot, key)
            assert app.focused is not None
            assert app.focused.id == focused


# ---- copying and saving -----------------------------------------------------


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
        assert codes_below(app) == ["EFA105", "EFA402", "EFA412"]


def codes_below(app: EfadoctorApp) -> list[str]:
    """The root causes on the screen below a dialog."""
    below = app.screen_stack[0]
    assert isinstance(below, DiagnosisScreen)
    assert below.shown is not None
    return [f.code for f in below.shown.judged.report.root_causes]


# ---- what if ----------------------------------------------------------------


async def test_space_makes_the_fix_on_a_copy_and_judges_again() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "space")
        assert codes(app) == ["EFA402", "EFA412"]
        assert "WHAT IF: 1 fix made on a copy" in seen(app)


async def test_fixes_stack_until_the_pod_is_schedulable_and_esc_takes_them_back() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "space", "space", "space")
        assert "SCHEDULABLE" in seen(app)
        await pressed(app, pilot, "escape")
        assert codes(app) == ["EFA105", "EFA402", "EFA412"]


async def test_the_fixes_can_be_switched_in_any_order() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "6", "end", "space")
        assert codes(app) == ["EFA105", "EFA402"]
        await pressed(app, pilot, "home", "enter")
        assert codes(app) == ["EFA402"]
        await pressed(app, pilot, "home", "enter", "0")
        assert codes(app) == ["EFA105", "EFA402", "EFA412"]


async def test_a_switches_the_whole_plan_on() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "6", "a")
        assert "3 fixes made on a copy" in seen(app)
        assert "then advertises 1 vpc.amazonaws.com/efa" in seen(app)
        assert "would take the pod now" in seen(app)


async def test_what_is_copied_as_the_plan_is_that_of_the_cluster_as_it_is() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "6", "a", "C")
        assert app.clipboard.count("kubectl patch") >= 3


# ---- the panes --------------------------------------------------------------


async def test_the_nodes_are_shown_by_classes_and_open_to_nodes_and_to_yaml() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "2")
        await until(pilot, lambda: "the pod's way in" in seen(app))
        assert "refused  untolerated taint vpc.amazonaws.com=true:NoSchedule" in seen(app)
        assert "○ ip-10-0-13-190" not in seen(app)
        await pressed(app, pilot, "enter")
        assert "○ ip-10-0-13-190" in seen(app)
        await pressed(app, pilot, "j", "enter")
        assert isinstance(app.screen, YamlScreen)
        assert "kind: Node" in seen(app)


async def test_the_paths_are_shown_with_what_stands_on_each() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "3")
        chosen = next(row for row in seen(app).splitlines() if "▶ node" in row)
        assert "EFA105  EFA402  EFA412" in chosen


async def test_the_schedulers_message_stands_beside_ours() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "4")
        assert "0/3 nodes are available" in seen(app)
        assert "The two agree." in seen(app)


async def test_what_was_read_is_listed() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "5")
        assert "aws/ec2/describe-instances" in seen(app) or "cluster/nodes" in seen(app)


async def test_what_changed_begins_with_what_was_found() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "7")
        assert "opened: blocked" in seen(app)


async def test_a_pane_is_filtered_and_esc_shows_all_of_it_again() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "3", "slash", *"system")
        assert "node group  system" in seen(app)
        assert "▶ node" not in seen(app)
        await pressed(app, pilot, "escape")
        assert "▶ node" in seen(app)


async def test_f_and_a_letter_jump_to_the_next_line_that_begins_with_it() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "3", "f", "s")
        assert isinstance(app.screen, DiagnosisScreen)
        assert app.screen.query_one("#pane-2").key == "nodegroup/system"  # type: ignore[attr-defined]


async def test_a_click_opens_a_pane() -> None:
    async with diagnosis() as (app, pilot):
        rows = seen(app).splitlines()
        y = next(n for n, row in enumerate(rows) if "3 Paths" in row)
        await pilot.click(offset=(rows[y].index("Paths"), y))
        await pilot.pause()
        assert "STANDS IN THE WAY" in seen(app)


# ---- looking closer ---------------------------------------------------------


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


# ---- the list ---------------------------------------------------------------


async def test_enter_opens_a_cause_from_the_list_and_esc_goes_back_to_it() -> None:
    async with listed(incident().snapshot()) as (app, pilot):
        assert "EFA105 EFA402 EFA412" in seen(app)
        await pilot.press("enter")
        await until(pilot, partial(is_judged, app))
        assert looked_at(app) == "EFA105"
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, PendingScreen)


async def test_q_ends_the_program_from_the_last_screen() -> None:
    async with listed(incident().snapshot()) as (app, pilot):
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running or app._exit


async def test_the_verdict_says_that_the_fixes_are_proved() -> None:
    async with diagnosis() as (app, _):
        assert isinstance(app.screen, DiagnosisScreen)
        assert app.screen.shown is not None
        assert app.screen.shown.judged.report.verdict is Verdict.BLOCKED
        assert "3 fixes, proved on a copy" in seen(app)

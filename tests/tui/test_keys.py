"""Every key, on the incident that ships."""

from __future__ import annotations

from functools import partial

import pytest
from tui.terminals import diagnosis, incident, is_judged, listed, looked_at, pressed, seen, until

from efadoctor.model.report import Verdict
from efadoctor.tui.screens.diagnosis import DiagnosisScreen
from efadoctor.tui.screens.pending import PendingScreen
from efadoctor.tui.screens.yaml_text import YamlScreen
from efadoctor.tui.widgets.line_list import LineList
from efadoctor.tui.widgets.nodes_pane import NodesPane

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
        assert app.screen.query_one("#pane-2", LineList).key == "nodegroup/system"


async def test_a_click_opens_a_pane() -> None:
    async with diagnosis() as (app, pilot):
        rows = seen(app).splitlines()
        y = next(n for n, row in enumerate(rows) if "3 Paths" in row)
        await pilot.click(offset=(rows[y].index("Paths"), y))
        await pilot.pause()
        assert "STANDS IN THE WAY" in seen(app)


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
        assert app.return_code == 0


async def test_the_verdict_says_that_the_fixes_are_proved() -> None:
    async with diagnosis() as (app, _):
        assert isinstance(app.screen, DiagnosisScreen)
        assert app.screen.shown is not None
        assert app.screen.shown.judged.report.verdict is Verdict.BLOCKED
        assert "3 fixes, proved on a copy" in seen(app)


async def test_a_filter_hides_what_belongs_to_what_it_hides() -> None:
    async with diagnosis() as (app, pilot):
        await pressed(app, pilot, "2")
        pane = app.screen.query_one(NodesPane)
        await until(pilot, lambda: len(pane.lines) > 2)
        pane.wanted = "g5.8xlarge"
        shown = [line.shown.plain for line in pane.lines]
        assert "g5.8xlarge" in shown[0]
        assert sum("refused" in line for line in shown) == 1
        pane.wanted = "nothing like it"
        assert not pane.lines

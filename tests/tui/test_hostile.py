"""Names that would like to be obeyed, and terminals that are hardly there."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len
from tui.terminals import CHECKS, diagnosis, is_judged, listed, reading, seen, until

from efadoctor.incidents import incidents
from efadoctor.model.reference import ObjectRef
from efadoctor.model.snapshot import EPOCH, Snapshot
from efadoctor.tui.app import EfadoctorApp
from efadoctor.tui.drawing.pending import Group, group_line, name_width

NAMES = [
    "pod[/]",
    "[red]pod[/red]",
    "[@click=app.quit]pod[/]",
    "$fail pod",
    "pod\x1b]52;c;ZXZpbA==\x07",
    "pod\x1b[2J",
    "pod\u202egnp",
    "파드-학습",
    "中文" * 40,
    "م-تدريب",
    "a" * 253,
    "pod\nsecond line",
    "",
    "👩‍💻-pod",
]


def pod(name: str) -> dict[str, Any]:
    efa = {"vpc.amazonaws.com/efa": "1"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": f"ns{name}", "annotations": {name or "a": name}},
        "spec": {
            "schedulerName": "default-scheduler",
            "containers": [{"name": name, "image": name, "resources": {"requests": efa}}],
            "nodeSelector": {name or "a": name},
            "tolerations": [{"key": name or "vpc.amazon.com/efa", "operator": "Exists"}],
        },
        "status": {"phase": "Pending"},
    }


def node(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": f"n{name}", "labels": {"node.kubernetes.io/instance-type": name}},
        "spec": {"taints": [{"key": f"{name}x", "value": name, "effect": "NoSchedule"}]},
        "status": {"allocatable": {"cpu": "1", "pods": "10"}},
    }


@pytest.mark.parametrize("name", NAMES)
async def test_whatever_a_name_says_it_is_shown_and_never_obeyed(name: str) -> None:
    snapshot = Snapshot.from_objects([pod(name), node(name)], server_version="v1.36.2")
    async with listed(snapshot, (100, 30)) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: is_judged(app))
        for key in ("2", "enter", "3", "4", "5", "6", "1", "y"):
            await pilot.press(key)
            text = seen(app)
            assert not any(c in text for c in "\x1b\x07\u202e\0")
        await pilot.press("escape")
        picture = app.export_screenshot()
        assert "\x1b" not in picture
        assert app.is_running


async def test_markup_in_a_name_is_shown_as_it_is() -> None:
    snapshot = Snapshot.from_objects([pod("[red]x[/]")], server_version="v1.36.2")
    async with listed(snapshot) as (app, _):
        assert "ns[red]x[/]/[red]x[/]" in seen(app)


@pytest.mark.parametrize("name", ["파드-학습", "中文-训练", "م-تدريب", "x" * 100])
def test_columns_stay_aligned_behind_wide_and_right_to_left_names(name: str) -> None:
    groups = [
        Group(subjects=(ObjectRef("v1", "Pod", "ns", n),), since=EPOCH) for n in (name, "plain")
    ]
    width = name_width(groups, 100)
    lines = [group_line(g, EPOCH, width, 100).plain for g in groups]
    ends = {cell_len(line[: line.rindex("judging")]) for line in lines}
    assert len(ends) == 1


SIZES = [(40, 10), (20, 5), (1, 1), (400, 100), (120, 40)]


@pytest.mark.slow
async def test_a_terminal_may_shrink_to_nothing_and_grow_again_on_every_screen() -> None:
    async with diagnosis() as (app, pilot):
        for key in ("1", "2", "3", "4", "5", "6", "7", "y", "escape", "d", "escape"):
            await pilot.press(key)
            for size in SIZES:
                await pilot.resize_terminal(*size)
                await pilot.pause()
        assert "BLOCKED" in seen(app)


async def test_at_40_by_10_the_verdict_the_cause_and_its_key_are_seen() -> None:
    async with diagnosis((40, 10)) as (app, _):
        for text in ("BLOCKED", "EFA105", "c copy fix", "? help"):
            assert text in seen(app)


async def test_no_color_means_none_and_the_cursor_is_still_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    played = incidents()[0]
    app = EfadoctorApp(reading(played.snapshot()), played.subject, "plain", checks=CHECKS)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: is_judged(app))
        await pilot.press("3")
        await pilot.pause()
        styles = [
            segment.style
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if segment.style
        ]
        coloured = [
            s
            for s in styles
            for colour in (s.color, s.bgcolor)
            if colour is not None and not colour.is_default
        ]
        assert not coloured
        assert any(s.reverse for s in styles)

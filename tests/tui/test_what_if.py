"""Fixes that are made on a copy, and taken back."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from tui.terminals import codes, diagnosis, pressed, seen

from efadoctor.tui.widgets.what_if_pane import WhatIfPane


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


@pytest.mark.parametrize("size", [(60, 30), (80, 24)])
async def test_two_fixes_that_begin_alike_are_told_apart(size: tuple[int, int]) -> None:
    async with diagnosis(size=size) as (app, pilot):
        await pressed(app, pilot, "6")
        lines = [line.shown.plain for line in app.screen.query_one(WhatIfPane).lines]
        told = " ".join(" ".join(lines).split())
        assert told.count("Let the plugin tolerate nvidia.com/gpu=present:NoSchedule and") == 2
        assert "in the values of Helm release aws-efa-k8s-device-plugin" in told
        assert not any("…" in line for line in lines)
        assert all(cell_len(line) <= size[0] - 3 for line in lines)

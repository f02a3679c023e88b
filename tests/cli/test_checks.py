"""The catalogue and its pages."""

from __future__ import annotations

import pytest
from cli.conftest import Command

from efadoctor.packs import installed_checks


def test_the_catalogue_is_one_line_a_check(run: Command) -> None:
    lines = run("checks").out.splitlines()
    assert [line.split()[0] for line in lines] == [c.code for c in installed_checks()]


@pytest.mark.parametrize("asked", ["EFA105", "efa105", "toleration-misspelled"])
def test_a_page_is_found_by_code_and_by_name(asked: str, run: Command) -> None:
    ended = run("checks", asked)
    assert ended.status == 0
    assert ended.out.startswith("EFA105  ")
    assert "## What it checks" in ended.out

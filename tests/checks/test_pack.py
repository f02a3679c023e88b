"""What holds for every check of our pack: the meta-tests."""

import importlib
import re
from pathlib import Path

import pytest

from efadoctor.authoring import Check
from efadoctor.graph import CheckGraph
from efadoctor.packs import installed_checks

CHECKS = installed_checks()
HEADINGS = ["What it checks", "Why it matters", "Evidence", "Fix", "Sources"]
WARNINGS = re.compile(r"EFA(405|60\d|70[1236]|80\d)")


def by_code(check: Check) -> str:
    return check.code


def test_the_graph_of_all_checks_is_sound() -> None:
    assert len(CheckGraph(CHECKS).in_order()) == len(CHECKS)


@pytest.mark.parametrize("check", CHECKS, ids=by_code)
def test_a_page_has_the_five_headings_in_order(check: Check) -> None:
    assert re.findall(r"^## (.+)$", check.page, re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("check", CHECKS, ids=by_code)
def test_a_page_cites_sources_by_https(check: Check) -> None:
    sources = check.page.partition("## Sources")[2]
    links = [line for line in sources.splitlines() if line.startswith("- ")]
    assert links
    assert all("https://" in line for line in links)


@pytest.mark.parametrize("check", CHECKS, ids=by_code)
def test_a_check_says_what_was_found_in_one_line(check: Check) -> None:
    assert 10 < len(check.title) < 100
    assert check.page.splitlines()[1] == ""


@pytest.mark.parametrize("check", CHECKS, ids=by_code)
def test_a_check_fits_a_small_room(check: Check) -> None:
    source = Path(importlib.import_module(check.module).__file__ or "").read_text()
    code = source.partition('"""\n\nfrom')[2]
    assert len(code.splitlines()) < 110


@pytest.mark.parametrize("check", CHECKS, ids=by_code)
def test_codes_that_never_explain_pending_are_warnings(check: Check) -> None:
    assert (check.severity.value == "warning") == bool(WARNINGS.fullmatch(check.code))


@pytest.mark.parametrize("check", CHECKS, ids=by_code)
def test_a_check_has_its_test_module(check: Check) -> None:
    name = check.name.replace("-", "_")
    assert (Path(__file__).parent / f"test_{name}.py").exists()


def test_every_code_is_there() -> None:
    spans = [(101, 115), (201, 211), (301, 305), (401, 405), (411, 414), (501, 503)]
    spans += [(601, 604), (701, 706), (801, 805)]
    wanted = {f"EFA{n}" for first, last in spans for n in range(first, last + 1)}
    assert {c.code for c in CHECKS} == wanted


def test_the_changelog_names_every_code() -> None:
    said = (Path(__file__).parents[2] / "CHANGELOG.md").read_text()
    assert set(re.findall(r"EFA\d{3} [a-z-]+", said)) == {f"{c.code} {c.name}" for c in CHECKS}

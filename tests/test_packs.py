"""A pack is found by its entry point, whoever wrote it, and told what is wrong with it."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from efadoctor.authoring import Check
from efadoctor.model.errors import PackError
from efadoctor.packs import installed_checks

CHECK = '''"""A pod says which team it is of."""

from efadoctor.authoring import Stage, check


@check("{code}", stage=Stage.POD)
def {name}(case):
    yield from ()
'''
DOCS = 'DOCS = "https://example.com/pages/"\n'

Installed = dict[str, str]
"""The files of a package by name."""
Install = Callable[[Installed], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package as a pack, under a name that no other test has."""

    def installing(files: Installed) -> None:
        name = f"pack_{uuid4().hex}"
        package = tmp_path / name
        package.mkdir()
        for file, text in {"__init__.py": "", **files}.items():
            (package / file).write_text(text)
        metadata = tmp_path / f"{name}-1.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (metadata / "entry_points.txt").write_text(f"[efadoctor.packs]\n{name} = {name}\n")
        monkeypatch.syspath_prepend(tmp_path)

    return installing


def found() -> dict[str, Check]:
    """The checks of every pack, looked for anew."""
    return {c.code: c for c in installed_checks.__wrapped__()}


def test_a_pack_of_somebody_else_stands_beside_ours(install: Install) -> None:
    files = {"team_missing.py": CHECK.format(code="ACME1", name="team_missing"), "_shared.py": ""}
    install(files | {"__init__.py": DOCS})
    check = found()["ACME1"]
    assert (check.name, check.title) == ("team-missing", "A pod says which team it is of")
    assert check.docs == "https://example.com/pages/ACME1.md"
    assert "EFA101" in found()


def test_a_pack_that_publishes_no_pages_claims_none(install: Install) -> None:
    install({"team_missing.py": CHECK.format(code="ACME1", name="team_missing")})
    assert found()["ACME1"].docs == ""


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"nothing.py": ""}, "nothing holds 0 checks; a module holds one"),
        ({"two.py": CHECK.format(code="ACME1", name="two") + "other = two\n"}, "two holds 2"),
        ({"mine.py": CHECK.format(code="EFA101", name="mine")}, "EFA101 is taken twice"),
        (
            {"scheduling_gated.py": CHECK.format(code="ACME1", name="scheduling_gated")},
            "scheduling-gated is taken twice",
        ),
        ({"__init__.py": "import nowhere_to_be_found\n"}, "cannot be loaded: No module named"),
        ({"broken.py": "def\n"}, "cannot be loaded: invalid syntax"),
    ],
)
def test_a_pack_that_is_wrong_is_an_error_that_says_how(
    install: Install, files: Installed, said: str
) -> None:
    install(files)
    with pytest.raises(PackError, match=said):
        found()

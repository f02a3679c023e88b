"""``efadoctor checks``: the catalogue, or the page of one check."""

from __future__ import annotations

from io import StringIO

from efadoctor.authoring import Check
from efadoctor.cli import terminal
from efadoctor.cli.arguments import Arguments
from efadoctor.cli.parsing import nearest
from efadoctor.model.errors import UsageError
from efadoctor.packs import installed_checks
from efadoctor.report.suppression import LIKE_A_CODE


def run(arguments: Arguments) -> int:
    """Print the catalogue or a page."""
    checks = installed_checks()
    if arguments.code is None:
        terminal.put(_catalogue(checks))
        return 0
    check = _find(checks, arguments.code)
    colour = terminal.shows_colour(no_color=arguments.no_color)
    terminal.put(_rendered(check.page) if colour else f"{check.code}  {check.page.strip()}\n")
    return 0


def _find(checks: tuple[Check, ...], asked: str) -> Check:
    for check in checks:
        if asked.upper() == check.code or asked.lower() == check.name:
            return check
    codes = [c.code for c in checks]
    names = [c.name for c in checks]
    hint = nearest(asked.upper(), codes, LIKE_A_CODE) or nearest(asked.lower(), names)
    raise UsageError(f"no check {asked!r}{hint} (efadoctor checks lists them)")


def _catalogue(checks: tuple[Check, ...]) -> str:
    """One line a check; the longest name decides the column."""
    name = max((len(c.name) for c in checks), default=0)
    stage = max((len(c.stage.value) for c in checks), default=0)
    lines = (f"{c.code}  {c.name:<{name}}  {c.stage.value:<{stage}}  {c.title}\n" for c in checks)
    return "".join(lines)


def _rendered(page: str) -> str:
    from rich.console import Console  # only a terminal needs it
    from rich.markdown import Markdown

    out = StringIO()
    console = Console(file=out, width=terminal.width(), force_terminal=True, legacy_windows=False)
    console.print(Markdown(page))
    return out.getvalue()

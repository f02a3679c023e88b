"""``efadoctor fix --plan``: the plan as a commented shell script. It is printed, never run."""

from __future__ import annotations

from efadoctor.cli import terminal
from efadoctor.cli.arguments import Arguments
from efadoctor.cli.diagnose_command import judged, refuse_both
from efadoctor.cli.sources import read_snapshot
from efadoctor.fix.render.script import render_script
from efadoctor.model.errors import UsageError
from efadoctor.report.exit_status import exit_status


def run(arguments: Arguments) -> int:
    """Print one script for each cause of Pending; the exit status is that of a diagnosis."""
    if not arguments.plan:
        raise UsageError("efadoctor changes nothing by itself: fix --plan prints what to run")
    refuse_both(arguments)
    reports = judged(read_snapshot(arguments), arguments)
    scripts = map(render_script, reports.reports)
    terminal.put("\n".join(scripts) or f"# {reports.nothing}\n")
    return exit_status(reports.reports)

"""``efadoctor demo``: an incident that ships inside the package, played without a cluster."""

from __future__ import annotations

from efadoctor.cli import terminal
from efadoctor.cli.arguments import Arguments
from efadoctor.cli.outputs import wanted_outputs, write
from efadoctor.cli.parsing import nearest
from efadoctor.diagnosis import diagnose
from efadoctor.incidents import Incident, incidents
from efadoctor.model.errors import UsageError
from efadoctor.report.reports import Reports


def run(arguments: Arguments) -> int:
    """Play an incident; exits 0, for nothing here is broken."""
    known = incidents()
    if arguments.list:
        width = max(len(i.name) for i in known)
        for incident in known:
            terminal.put(f"{incident.name:<{width}}  {incident.title}\n")
        return 0
    incident = _find(known, arguments.name)
    snapshot = incident.snapshot()
    if terminal.is_terminal():
        from efadoctor.tui import open_snapshot  # textual, for those who look

        title = f"demo {incident.name}"
        open_snapshot(snapshot, incident.subject, title, no_color=arguments.no_color)
        return 0
    report = diagnose(snapshot, incident.subject)
    reports = Reports(reports=(report,), single=True)
    write(reports, wanted_outputs(()), no_color=arguments.no_color)
    return 0


def _find(known: tuple[Incident, ...], name: str | None) -> Incident:
    if name is None:
        return known[0]
    for incident in known:
        if incident.name == name:
            return incident
    names = [i.name for i in known]
    raise UsageError(f"no incident {name!r}{nearest(name, names)} (efadoctor demo --list)")

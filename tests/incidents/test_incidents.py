"""Public reports of pods that stayed Pending, each as a state, each with its cause."""

import re
from pathlib import Path

import pytest
from clusters import Cluster
from incidents import (
    of_capacity,
    of_joining,
    of_launches,
    of_nodes,
    of_plugins,
    of_pods,
    of_pools,
    of_workloads,
)
from incidents.states import Incident

from efadoctor import diagnose
from efadoctor.model.report import Report

_ROOMS = (
    of_plugins,
    of_nodes,
    of_pools,
    of_capacity,
    of_launches,
    of_joining,
    of_pods,
    of_workloads,
)
TOLD = tuple(incident for room in _ROOMS for incident in room.INCIDENTS)
UNTOLD = (*of_pods.UNTOLD, *of_workloads.UNTOLD)
PAGE = Path(__file__).parents[2] / "docs" / "incidents.md"
ROW = re.compile(r"^\| \[(?P<source>[^\]]+)\]\((?P<url>[^)]+)\) \|(?P<rest>.*)\|$", re.MULTILINE)


def judged(incident: Incident) -> Report:
    cluster = Cluster()
    incident.state(cluster)
    return diagnose(cluster.snapshot(), incident.subject)


@pytest.mark.parametrize("incident", TOLD, ids=lambda i: i.source)
def test_a_reported_incident_gets_the_cause_that_was_found(incident: Incident) -> None:
    report = judged(incident)
    named = [(f.code, f.object.kind, f.object.name) for f in report.root_causes]
    assert (named, report.verdict.value) == (list(incident.codes), incident.verdict), incident.url
    warned = {(f.code, f.object.kind, f.object.name) for f in report.warnings}
    assert warned >= set(incident.warnings), incident.url
    assert incident.says in report.summary


@pytest.mark.parametrize("incident", UNTOLD, ids=lambda i: i.source)
def test_of_an_incident_that_no_object_shows_nothing_is_invented(incident: Incident) -> None:
    report = judged(incident)
    assert (report.root_causes, report.verdict.value) == ((), incident.verdict), incident.url
    assert incident.says in report.summary


def test_the_page_lists_every_incident_with_its_codes() -> None:
    listed = {m["source"]: m for m in ROW.finditer(PAGE.read_text())}
    for incident in (*TOLD, *UNTOLD):
        row = listed[incident.source]
        assert row["url"] == incident.url
        codes = {c for c, _, _ in (*incident.codes, *incident.warnings)}
        assert set(re.findall(r"EFA\d{3}", row["rest"])) == codes, incident.source

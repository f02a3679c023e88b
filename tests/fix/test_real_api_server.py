"""A real API server takes the commands of every recorded state's plan."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_server import ApiServer, custom_kinds, needs_api_server
from fix.recorded import Json, objects_of, report_of, run, scenarios

from efadoctor.model.fix import Command, Deletion, Edit, Patch, Recreation
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Report

pytestmark = [pytest.mark.slow, needs_api_server]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api")) as running:
        running.serve(custom_kinds())
        yield running


def targets(report: Report) -> set[ObjectRef]:
    """What the plan's commands act on."""
    assert report.plan is not None
    edits: list[Edit] = []
    for step in report.plan.steps:
        edits.extend(report.root_causes[step.finding].fixes[step.fix].edits)
    edits.extend(e for c in edits if isinstance(c, Command) for e in c.effect)
    return {e.target for e in edits if isinstance(e, Patch | Recreation | Deletion)}


def is_needed(thing: Json, wanted: set[ObjectRef]) -> bool:
    """The targets, their namespaces, and the priority classes that admission looks up."""
    own = thing["metadata"]
    if thing["kind"] in ("Namespace", "PriorityClass"):
        return True
    ref = ObjectRef(thing["apiVersion"], thing["kind"], own.get("namespace", ""), own["name"])
    return ref in wanted


@pytest.mark.parametrize("scenario", scenarios())
def test_every_step_of_a_recorded_states_plan_is_accepted(scenario: str, server: ApiServer) -> None:
    report = report_of(scenario)
    if report.plan is None or not report.plan.steps:
        pytest.skip("nothing to do")
    wanted = targets(report)
    first = {"Namespace": 0, "PriorityClass": 1}
    things = [o for o in objects_of(scenario) if is_needed(o, wanted)]
    for namespace in {r.namespace for r in wanted if r.namespace}:
        server.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    for thing in sorted(things, key=lambda o: first.get(o["kind"], 2)):
        server.put(thing)
    kubeconfig: Path = server.kubeconfig(server.folder)
    for step in report.plan.steps:
        fix = report.root_causes[step.finding].fixes[step.fix]
        for line in (*fix.dry_runs, *fix.commands):
            done = run(line, kubeconfig) if line else None
            assert done is None or done.returncode == 0, f"{line}\n{done.stderr}"

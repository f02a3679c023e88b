"""A real API server takes the commands of every recorded state's plan."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from api_objects import collection, custom_kinds
from api_server import ApiServer, RefusedError, needs_api_server, needs_kubectl
from clusters import EFA_NODE, Cluster
from fix.recorded import Json, objects_of, report_of, run, scenarios

from efadoctor.fix.render.commands import rendered
from efadoctor.model.edits import append_to, remove_field, set_field
from efadoctor.model.facts import kubernetes_source
from efadoctor.model.fix import (
    Command,
    Creation,
    Deletion,
    Edit,
    Fix,
    Operation,
    Patch,
    Recreation,
)
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Pod, Toleration
from efadoctor.model.reference import ObjectRef, reference
from efadoctor.model.report import Report
from efadoctor.model.snapshot import Snapshot

pytestmark = [pytest.mark.slow, needs_api_server, needs_kubectl]


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


def carry_out(lines: Iterable[str], kubeconfig: Path) -> None:
    for line in lines:
        done = run(line, kubeconfig)
        assert done.returncode == 0, f"{line}\n{done.stderr}"


@pytest.mark.parametrize("scenario", scenarios())
def test_every_step_of_a_recorded_states_plan_is_accepted_and_done_once(
    scenario: str, server: ApiServer
) -> None:
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
        carry_out((*filter(None, fix.dry_runs), *fix.commands), kubeconfig)
        held = [as_held(server, ref) for ref in wanted]
        carry_out(fix.commands, kubeconfig)
        assert [as_held(server, ref) for ref in wanted] == held


def as_held(server: ApiServer, ref: ObjectRef) -> Json | None:
    """An object as the server has it, None where it has none."""
    source = kubernetes_source(ref.api_version.rpartition("/")[0], ref.kind)
    assert source is not None
    try:
        found: Json = server.ask("GET", f"{collection(source, ref.namespace)}/{ref.name}")
    except RefusedError as error:
        if error.code == 404:
            return None
        raise
    return found


# ---- a cluster of one's own -------------------------------------------------


class Held:
    """Some objects of a made-up cluster, in the API server and as they were read."""

    def __init__(self, server: ApiServer, cluster: Cluster, *kinds: str) -> None:
        self.server = server
        self.kubeconfig = server.kubeconfig(server.folder)
        kept = [o for o in cluster.objects if o["kind"] in kinds]
        for namespace in {o["metadata"].get("namespace") for o in kept} - {None}:
            server.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        for thing in kept:
            server.put(thing)
        ways = (self.held(o) for o in kept)
        self.snapshot = Snapshot.from_objects([w for w in ways if w], server_version="v1.36.2")

    def held(self, thing: Json) -> Json | None:
        own = thing["metadata"]
        namespace = own.get("namespace", "")
        ref = ObjectRef(thing["apiVersion"], thing["kind"], namespace, own["name"])
        return as_held(self.server, ref)

    def lines(self, *edits: Edit) -> tuple[str, ...]:
        return rendered(self.snapshot, Fix(title="t", edits=edits)).commands

    def dry_runs(self, *edits: Edit) -> tuple[str, ...]:
        return rendered(self.snapshot, Fix(title="t", edits=edits)).dry_runs

    def pod(self) -> Pod:
        (found,) = (p for p in self.snapshot.all(Pod) if p.metadata.name == "trainer")
        return found

    def node(self) -> Node:
        (found,) = (n for n in self.snapshot.all(Node) if n.metadata.name == EFA_NODE)
        return found


def with_pod(cluster: Cluster) -> Cluster:
    cluster.node["spec"]["unschedulable"] = True
    cluster.pod["spec"]["schedulingGates"] = [{"name": "example.com/wait"}]
    cluster.pod["spec"]["nodeSelector"] = {"pool": "efa"}
    return cluster


NEW = Toleration(key="k", operator="Exists")
Making = Callable[[Held], Edit]
EDITS: dict[str, Making] = {
    "a toleration of a pod": lambda h: append_to(h.pod(), "spec.tolerations", NEW),
    "a scheduling gate, the last": lambda h: remove_field(h.pod(), "spec.schedulingGates[0]"),
    "a taint of several": lambda h: remove_field(h.node(), "spec.taints[0]"),
    "a label of a node": lambda h: set_field(h.node(), "metadata.labels.a", "b"),
    "a label taken away": lambda h: remove_field(h.node(), 'metadata.labels["kubernetes.io/arch"]'),
    "a cordon": lambda h: set_field(h.node(), "spec.unschedulable", value=False),
    "a pool's taints, all of them": lambda h: Patch(
        target=reference(h.snapshot.all(NodePool)[0]),
        operations=(Operation(op="remove", path="/spec/template/spec/taints/0"),) * 2,
    ),
    "a pool's requirement": lambda h: set_field(
        h.snapshot.all(NodePool)[0], "spec.template.spec.requirements[0].values", ["x"]
    ),
    "a pod made anew": lambda h: Recreation(
        target=reference(h.pod()),
        operations=set_field(h.pod(), "spec.nodeSelector.pool", "other").operations,
    ),
    "a new object": lambda _: Creation(
        body={"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "it-is-new"}}
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_done_already_is_success_and_changes_nothing(edit: str, server: ApiServer) -> None:
    held = Held(server, with_pod(Cluster()), "Pod", "Node", "NodePool")
    (line,) = held.lines(EDITS[edit](held))
    carry_out((line,), held.kubeconfig)
    refs = (
        reference(held.pod()),
        reference(held.node()),
        reference(held.snapshot.all(NodePool)[0]),
    )
    after = [as_held(server, r) for r in refs]
    carry_out((line,), held.kubeconfig)
    assert [as_held(server, r) for r in refs] == after


def test_an_object_that_changed_since_it_was_read_is_left_alone(server: ApiServer) -> None:
    held = Held(server, with_pod(Cluster()), "Pod")
    lines = held.lines(
        append_to(held.pod(), "spec.tolerations", NEW), EDITS["a pod made anew"](held)
    )
    others = append_to(held.pod(), "spec.tolerations", Toleration(key="b", operator="Exists"))
    moved = set_field(held.pod(), "spec.nodeSelector.pool", "third")
    carry_out(held.lines(others), held.kubeconfig)
    carry_out(
        held.lines(Recreation(target=moved.target, operations=moved.operations)), held.kubeconfig
    )
    changed = as_held(server, reference(held.pod()))
    for line in lines:
        assert run(line, held.kubeconfig).returncode != 0
    assert as_held(server, reference(held.pod())) == changed


def test_a_pod_that_cannot_be_made_anew_is_not_lost(server: ApiServer, tmp_path: Path) -> None:
    held = Held(server, with_pod(Cluster()), "Pod")
    edit = set_field(held.pod(), "spec.nodeSelector.pool", "not a label!")
    recreation = Recreation(target=edit.target, operations=edit.operations)
    ((line,), (dry_run,)) = held.lines(recreation), held.dry_runs(recreation)
    assert "a valid label must be" in run(dry_run, held.kubeconfig).stderr
    done = run(f"export TMPDIR={tmp_path}; {line}", held.kubeconfig)
    assert done.returncode != 0
    assert as_held(server, reference(held.pod())) is None
    (kept,) = tmp_path.iterdir()
    assert f"it is in {kept}" in done.stderr
    assert json.loads(kept.read_text())["metadata"]["name"] == "trainer"


def test_a_look_at_what_is_gone_shows_what_is_there_instead(server: ApiServer) -> None:
    held = Held(server, with_pod(Cluster()), "Pod")
    gone = ("kubectl", "logs", "pod/gone", "-n", "ml")
    there = ("kubectl", "get", "pods", "-n", "ml", "-o", "name")
    (line,) = held.lines(Command(argv=gone, instead=there))
    done = run(line, held.kubeconfig)
    assert done.returncode == 0
    assert "pod/trainer" in done.stdout


def test_a_pending_pod_is_deleted_and_one_that_runs_by_then_is_not(server: ApiServer) -> None:
    cluster = Cluster()
    cluster.pod["status"] = {"phase": "Pending"}
    held = Held(server, cluster, "Pod")
    (line,) = held.lines(Deletion(target=reference(held.pod())))
    carry_out((line, line), held.kubeconfig)
    assert as_held(server, reference(held.pod())) is None
    cluster.pod["status"] = {"phase": "Running"}
    server.put(cluster.pod)
    carry_out((line,), held.kubeconfig)
    assert as_held(server, reference(held.pod())) is not None

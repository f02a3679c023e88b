"""Real kubectl runs the commands of every recorded state's plan against a server that holds it."""

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from clusters import Cluster
from fix.recorded import objects_of, report_of, run, scenarios
from fix.workloads import own, twin
from fix.writable_server import WritableServer

from efadoctor.fix.render.commands import rendered
from efadoctor.fix.render.script import render_script
from efadoctor.model.fix import Creation, Deletion, Fix
from efadoctor.model.kubernetes import Pod, Toleration
from efadoctor.model.pod_edits import Setting, add_toleration, change_pod
from efadoctor.model.reference import ObjectRef
from efadoctor.model.snapshot import Snapshot

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")


@pytest.mark.slow
@pytest.mark.parametrize("scenario", scenarios())
def test_every_step_of_a_recorded_states_plan_is_accepted(scenario: str, tmp_path: Path) -> None:
    report = report_of(scenario)
    if report.plan is None or not report.plan.steps:
        pytest.skip("nothing to do")
    with WritableServer(objects_of(scenario)) as server:
        kubeconfig = server.kubeconfig(tmp_path)
        for step in report.plan.steps:
            fix = report.root_causes[step.finding].fixes[step.fix]
            for line in (*fix.dry_runs, *fix.commands):
                done = run(line, kubeconfig) if line else None
                assert done is None or done.returncode == 0, f"{line}\n{done.stderr}"


@pytest.mark.slow
def test_the_walkthroughs_script_runs_as_printed(tmp_path: Path) -> None:
    report = report_of("seed-walkthrough")
    with WritableServer(objects_of("seed-walkthrough")) as server:
        done = run(render_script(report), server.kubeconfig(tmp_path))
        assert done.returncode == 0, done.stderr
        pod = server.objects["", "Pod", "default", "efa-test-pod"]
        plugin = server.objects["apps", "DaemonSet", "kube-system", "aws-efa-k8s-device-plugin"]
        assert len(pod["spec"]["tolerations"]) == 5
        assert len(plugin["spec"]["template"]["spec"]["tolerations"]) > 1
        held = copy.deepcopy(server.objects)
        again = run(render_script(report), server.kubeconfig(tmp_path))
        assert again.returncode == 0, again.stderr
        assert again.stderr.count("patched (no change)") == 3
        assert server.objects == held
        server.objects["", "Pod", "default", "efa-test-pod"]["spec"]["tolerations"].pop(0)
        changed = run(render_script(report), server.kubeconfig(tmp_path))
        assert changed.returncode != 0, "refused where the object is not as it was read"
        assert "is not as it was read: diagnose again" in changed.stderr


# ---- owners -----------------------------------------------------------------


@pytest.fixture
def job(tmp_path: Path) -> Iterator[tuple[WritableServer, Path, Snapshot, Pod]]:
    cluster = Cluster()
    owner = own(cluster, "Job")
    uid = {"batch.kubernetes.io/controller-uid": "old"}
    owner["spec"]["selector"] = {"matchLabels": dict(uid)}
    owner["spec"]["template"]["metadata"]["labels"] |= uid | {"app": "x"}
    twin(cluster, "trainer-b")
    snapshot = cluster.snapshot()
    pod = snapshot.get(Pod, "trainer", "ml")
    assert pod is not None
    with WritableServer(cluster.objects) as server:
        yield server, server.kubeconfig(tmp_path), snapshot, pod


def carried_out(snapshot: Snapshot, fix: Fix, kubeconfig: Path) -> None:
    for line in rendered(snapshot, fix).commands:
        done = run(line, kubeconfig)
        assert done.returncode == 0, f"{line}\n{done.stderr}"


def test_one_line_patches_every_waiting_pod_of_a_job(
    job: tuple[WritableServer, Path, Snapshot, Pod],
) -> None:
    server, kubeconfig, snapshot, pod = job
    new = Toleration(key="k", operator="Exists")
    first, _ = add_toleration(snapshot, pod, new, title="t")
    carried_out(snapshot, first, kubeconfig)
    for name in ("trainer", "trainer-b"):
        held = server.objects["", "Pod", "ml", name]["spec"]["tolerations"]
        assert held[-1] == {"key": "k", "operator": "Exists"}


def test_a_job_is_made_anew_without_its_old_selector(
    job: tuple[WritableServer, Path, Snapshot, Pod],
) -> None:
    server, kubeconfig, snapshot, pod = job
    (fix,) = change_pod(snapshot, pod, (Setting("nodeSelector.pool", "it's"),), title="t")
    carried_out(snapshot, fix, kubeconfig)
    made = server.objects["batch", "Job", "ml", "train"]["spec"]
    assert made["template"]["spec"]["nodeSelector"]["pool"] == "it's"
    assert "selector" not in made
    assert made["template"]["metadata"]["labels"] == {"app": "x"}
    verbs = [a.verb for a in server.asked if a.verb != "GET"]
    assert verbs == ["DELETE", "POST"]


def test_a_job_that_changed_since_is_not_deleted(
    job: tuple[WritableServer, Path, Snapshot, Pod],
) -> None:
    server, kubeconfig, snapshot, pod = job
    edits = (Setting("schedulerName", "mine"),)
    (fix,) = change_pod(snapshot, pod, edits, title="t")
    held = server.objects["batch", "Job", "ml", "train"]
    held["spec"]["template"]["spec"]["schedulerName"] = "somebody-elses"
    (line,) = rendered(snapshot, fix).commands
    assert run(line, kubeconfig).returncode != 0
    assert ("batch", "Job", "ml", "train") in server.objects


def test_a_new_object_is_created_and_a_deletion_may_be_repeated(tmp_path: Path) -> None:
    cluster = Cluster()
    snapshot = cluster.snapshot()
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "it-is-new"}}
    pod = ObjectRef("v1", "Pod", "ml", "trainer")
    fix = Fix(title="t", edits=(Creation(body=body), Deletion(target=pod), Deletion(target=pod)))
    with WritableServer(cluster.objects) as server:
        carried_out(snapshot, fix, server.kubeconfig(tmp_path))
        assert ("", "Namespace", "", "it-is-new") in server.objects
        assert ("", "Pod", "ml", "trainer") not in server.objects

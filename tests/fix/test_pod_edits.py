"""Whose field a fix changes: the pod, its owner's template, or the pod made anew."""

from typing import Any

import pytest
from clusters import Cluster, meta
from faults import pods
from fix.workloads import controlled_by, own, twin

from efadoctor.model.edits import plain
from efadoctor.model.fix import Deletion, Fix, Patch, Recreation, Risk
from efadoctor.model.kubernetes import Pod, Taint, Toleration
from efadoctor.model.pod_edits import (
    Removing,
    Setting,
    add_toleration,
    change_in_place,
    change_pod,
    spec_operations,
    toleration_for,
)
from efadoctor.model.reference import ObjectRef

NEW = Toleration(key="k", operator="Exists", effect="NoSchedule")
SELECT = (Setting('nodeSelector["pool"]', "efa"),)


def tolerating(cluster: Cluster, **more: Any) -> tuple[Fix, ...]:
    snapshot = cluster.snapshot()
    pod = snapshot.get(Pod, "trainer", "ml")
    assert pod is not None
    return add_toleration(snapshot, pod, NEW, title="Tolerate k", **more)


def selecting(cluster: Cluster) -> tuple[Fix, ...]:
    snapshot = cluster.snapshot()
    pod = snapshot.get(Pod, "trainer", "ml")
    assert pod is not None
    return change_pod(snapshot, pod, SELECT, title="Select efa")


def kinds(fix: Fix) -> list[tuple[str, str]]:
    """What is done to which object; every edit here has one."""
    edits = [e for e in fix.edits if isinstance(e, Deletion | Patch | Recreation)]
    assert len(edits) == len(fix.edits)
    return [(type(e).__name__, f"{e.target.kind}/{e.target.name}") for e in edits]


def test_a_toleration_for_a_taint_names_its_value_where_it_has_one() -> None:
    with_value = Taint(key="k", value="v", effect="NoSchedule")
    assert toleration_for(with_value) == Toleration(
        key="k", operator="Equal", value="v", effect="NoSchedule"
    )
    without = Taint(key="k", effect="NoExecute")
    assert toleration_for(without) == Toleration(key="k", operator="Exists", effect="NoExecute")


def test_a_bare_pending_pod_takes_a_toleration_in_place() -> None:
    (fix,) = tolerating(Cluster())
    assert kinds(fix) == [("Patch", "Pod/trainer")]
    assert fix.risk is Risk.SAFE


def test_a_jobs_pod_takes_a_toleration_in_place_and_the_job_is_the_lasting_alternative() -> None:
    cluster = Cluster()
    own(cluster, "Job")
    first, second = tolerating(cluster)
    assert kinds(first) == [("Patch", "Pod/trainer")]
    assert kinds(second) == [("Recreation", "Job/train")]
    assert second.risk is Risk.RESTARTS
    assert "cannot change" in second.warning


def test_every_waiting_pod_of_the_owner_is_patched_but_none_that_runs() -> None:
    cluster = Cluster()
    own(cluster, "Job")
    twin(cluster, "trainer-b")
    twin(cluster, "trainer-c")["spec"]["nodeName"] = "somewhere"
    other = twin(cluster, "trainer-d")
    other["spec"]["nodeSelector"] = {"waits": "for-something-else"}
    first, _ = tolerating(cluster)
    assert kinds(first) == [("Patch", "Pod/trainer"), ("Patch", "Pod/trainer-b")]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("Job", [("Recreation", "Job/train")]),
        ("Deployment", [("Patch", "Deployment/train")]),
        ("StatefulSet", [("Patch", "StatefulSet/train"), ("Deletion", "Pod/trainer")]),
        ("LeaderWorkerSet", [("Patch", "LeaderWorkerSet/train"), ("Deletion", "Pod/trainer")]),
    ],
)
def test_an_immutable_field_changes_in_the_template_as_the_owner_allows(
    kind: str, wanted: list[tuple[str, str]]
) -> None:
    cluster = Cluster()
    own(cluster, kind)
    (fix,) = selecting(cluster)
    assert kinds(fix) == wanted


def test_a_bare_pod_is_made_anew_for_an_immutable_field() -> None:
    (fix,) = selecting(Cluster())
    assert kinds(fix) == [("Recreation", "Pod/trainer")]
    assert fix.risk is Risk.RESTARTS
    assert fix.warning


def test_the_topmost_owner_with_a_template_is_the_one_to_change() -> None:
    cluster = Cluster()
    replicas = own(cluster, "ReplicaSet", "train-abc")
    top = own(cluster, "Deployment")
    controlled_by(cluster.pod, replicas)
    controlled_by(replicas, top)
    (fix,) = selecting(cluster)
    assert kinds(fix) == [("Patch", "Deployment/train")]


def test_an_owner_that_was_not_read_leaves_words() -> None:
    cluster = Cluster()
    job = own(cluster, "Job")
    cluster.objects.remove(job)
    (fix,) = selecting(cluster)
    assert not fix.edits
    assert "Job/train" in fix.unprovable


def test_a_pod_that_does_not_exist_yet_is_fixed_in_its_template() -> None:
    cluster = Cluster()
    own(cluster, "Job")
    snapshot = cluster.snapshot()
    pod = snapshot.get(Pod, "trainer", "ml")
    assert pod is not None
    without = snapshot.without(ObjectRef("v1", "Pod", "ml", "trainer"))
    (fix,) = add_toleration(without, pod, NEW, title="Tolerate k")
    assert kinds(fix) == [("Recreation", "Job/train")]


def test_an_entry_is_found_again_in_a_template_that_admission_added_to() -> None:
    cluster = Cluster()
    own(cluster, "Deployment")
    spec = cluster.pod["spec"]
    spec["containers"].insert(0, {"name": "sidecar"})
    spec["tolerations"].insert(0, {"key": "added", "operator": "Exists"})
    snapshot = cluster.snapshot()
    pod = snapshot.get(Pod, "trainer", "ml")
    assert pod is not None
    edits = (Setting("containers[1].image", "x"), Removing("tolerations[1]"))
    (fix,) = change_pod(snapshot, pod, edits, title="Change")
    (made,) = fix.edits
    assert isinstance(made, Patch)
    paths = [o.path for o in made.operations if o.op != "test"]
    assert paths == [
        "/spec/template/spec/containers/0/image",
        "/spec/template/spec/tolerations/0",
    ]


def test_the_template_may_be_put_right_where_the_pod_can_only_be_added_to() -> None:
    cluster = Cluster()
    own(cluster, "Deployment")
    first, second = tolerating(cluster, in_template=(Setting("tolerations[0]", NEW),))
    assert plain(first.edits[0])["operations"][-1]["path"] == "/spec/tolerations/-"
    last = plain(second.edits[0])["operations"][-1]
    assert (last["op"], last["path"]) == ("replace", "/spec/template/spec/tolerations/0")


def test_a_template_that_has_the_toleration_already_needs_no_second_fix() -> None:
    cluster = Cluster()
    owner = own(cluster, "Deployment")
    owner["spec"]["template"]["spec"]["tolerations"].append(plain(NEW))
    (only,) = tolerating(cluster)
    assert kinds(only) == [("Patch", "Pod/trainer")]


def test_a_scheduling_gate_is_removed_in_place() -> None:
    cluster = Cluster()
    cluster.pod["spec"]["schedulingGates"] = [{"name": "wait"}]
    snapshot = cluster.snapshot()
    pod = snapshot.get(Pod, "trainer", "ml")
    assert pod is not None
    (fix,) = change_in_place(snapshot, pod, (Removing("schedulingGates[0]"),), title="Open")
    assert kinds(fix) == [("Patch", "Pod/trainer")]


def test_what_the_api_always_has_is_tested_before_it_changes_default_or_not() -> None:
    """A pod made anew by a command that is run twice must not be made anew twice."""
    cluster = Cluster()
    pods.topology_spread_unsatisfiable(cluster)
    snapshot = cluster.snapshot()
    edits = (Setting("topologySpreadConstraints[0].whenUnsatisfiable", "ScheduleAnyway"),)
    pod = snapshot.get(Pod, "trainer", "ml")
    assert pod is not None
    operations = spec_operations(pod, edits)
    tested = {o.path.rpartition("/")[2]: o.value for o in operations if o.op == "test"}
    assert tested["whenUnsatisfiable"] == "DoNotSchedule"


def test_a_cronjob_makes_its_next_jobs_from_the_changed_template_too() -> None:
    cluster = Cluster()
    cluster.pod["spec"]["nodeSelector"] = {"pool": "old"}
    job = own(cluster, "Job", "nightly-1")
    cron = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": meta("nightly", "ml"),
        "spec": {"jobTemplate": {"spec": {"template": job["spec"]["template"]}}},
    }
    cluster.add(cron)
    controlled_by(job, cron)
    snapshot = cluster.snapshot()
    pod = snapshot.get(Pod, "trainer", "ml")
    assert pod is not None
    (fix,) = change_pod(snapshot, pod, SELECT, title="Select efa")
    now, later = fix.edits
    assert isinstance(now, Recreation)
    assert isinstance(later, Patch)
    assert (now.target.short, later.target.short) == ("Job/nightly-1", "CronJob/nightly")
    path = "/spec/jobTemplate/spec/template/spec/nodeSelector/pool"
    assert later.operations[-1].path == path
    assert "CronJob/nightly is changed as well" in fix.warning


def test_deleted_pods_are_counted_as_those_that_a_fix_is_for() -> None:
    cluster = Cluster()
    own(cluster, "StatefulSet", replicas=20)
    for number in range(19):
        twin(cluster, f"trainer-{number}")
    snapshot = cluster.snapshot()
    pod = snapshot.get(Pod, "trainer", "ml")
    assert pod is not None
    (fix,) = change_pod(snapshot, pod, SELECT, title="Select efa")
    assert "This is for 16 of 20 pods that wait alike; 4 more need it." in fix.warning

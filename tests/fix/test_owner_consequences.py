"""What follows for the pods of an owner that is changed, made anew or scaled."""

import pytest
from clusters import Cluster
from fix.settled import after
from fix.workloads import own, twin

from efadoctor.fix.apply import apply
from efadoctor.fix.consequences import settle
from efadoctor.model.edits import append_to, remove_field, set_field, setting
from efadoctor.model.fix import Deletion, Recreation
from efadoctor.model.kubernetes import Pod, Toleration, Workload
from efadoctor.model.reference import ObjectRef, reference


def test_a_deleted_pod_comes_back_from_its_owners_template_with_what_admission_added() -> None:
    cluster = Cluster()
    owner = own(cluster, "StatefulSet")
    added = {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}
    cluster.pod["spec"]["tolerations"].append(added)
    template = owner["spec"]["template"]["spec"]
    snapshot = cluster.snapshot()
    workload = snapshot.find(ObjectRef("apps/v1", "StatefulSet", "ml", "train"))
    edits = (
        set_field(workload, "spec.template.spec.nodeSelector.fresh", "yes"),
        Deletion(target=ObjectRef("v1", "Pod", "ml", "trainer")),
    )
    again = after(snapshot, *edits).after.get(Pod, "trainer", "ml")
    assert again is not None
    assert again.spec.node_selector["fresh"] == "yes"
    assert len(again.spec.tolerations) == len(template["tolerations"]) + 1


def test_a_pod_made_anew_has_nothing_that_its_template_no_longer_has() -> None:
    cluster = Cluster()
    cluster.pod["spec"]["nodeSelector"] = {"kept": "1", "gone": "1"}
    own(cluster, "StatefulSet")
    cluster.pod["spec"]["nodeSelector"]["admitted"] = "1"
    snapshot = cluster.snapshot()
    workload = snapshot.find(ObjectRef("apps/v1", "StatefulSet", "ml", "train"))
    edits = (
        remove_field(workload, "spec.template.spec.nodeSelector.gone"),
        Deletion(target=ObjectRef("v1", "Pod", "ml", "trainer")),
    )
    again = after(snapshot, *edits).after.get(Pod, "trainer", "ml")
    assert again is not None
    assert set(again.spec.node_selector) == {"kept", "admitted"}


def test_a_bare_pod_that_is_deleted_does_not_come_back() -> None:
    snapshot = Cluster().snapshot()
    change = after(snapshot, Deletion(target=ObjectRef("v1", "Pod", "ml", "trainer")))
    assert change.after.get(Pod, "trainer", "ml") is None


def test_a_job_made_anew_forgets_what_was_patched_into_its_pods() -> None:
    cluster = Cluster()
    own(cluster, "Job")
    snapshot = cluster.snapshot()
    pod = snapshot.get(Pod, "trainer", "ml")
    job = snapshot.find(ObjectRef("batch/v1", "Job", "ml", "train"))
    patched = after(snapshot, append_to(pod, "spec.tolerations", Toleration(key="in-place")))
    remade = Recreation(
        target=reference(job), operations=setting(job, "spec.template.spec.nodeSelector.a", "b")
    )
    change = settle(apply(patched.after, remade), snapshot)
    again = change.after.get(Pod, "trainer", "ml")
    assert again is not None
    assert again.spec.node_selector["a"] == "b"
    assert Toleration(key="in-place") not in again.spec.tolerations


def test_a_deployment_replaces_its_pods_when_its_template_changes_a_stateful_set_does_not() -> None:
    for kind, changes in (("Deployment", True), ("StatefulSet", False)):
        cluster = Cluster()
        own(cluster, kind)
        snapshot = cluster.snapshot()
        workload = snapshot.find(ObjectRef("apps/v1", kind, "ml", "train"))
        edit = set_field(workload, "spec.template.spec.nodeSelector.fresh", "yes")
        pod = after(snapshot, edit).after.get(Pod, "trainer", "ml")
        assert pod is not None
        assert ("fresh" in pod.spec.node_selector) is changes


@pytest.mark.parametrize(
    ("kind", "field", "value", "left"),
    [
        ("Deployment", "replicas", 1, 1),
        ("Deployment", "replicas", 0, 0),
        ("Job", "parallelism", 1, 1),
        ("Job", "suspend", True, 0),
    ],
)
def test_a_workload_that_is_scaled_down_or_suspended_ends_pods(
    kind: str, field: str, value: object, left: int
) -> None:
    cluster = Cluster()
    own(cluster, kind, replicas=2, parallelism=2)
    twin(cluster, "trainer-b")
    snapshot = cluster.snapshot()
    workload = next(w for w in snapshot.all(Workload) if w.kind == kind)
    change = after(snapshot, set_field(workload, f"spec.{field}", value))
    assert len([p for p in change.after.all(Pod) if p.metadata.namespace == "ml"]) == left

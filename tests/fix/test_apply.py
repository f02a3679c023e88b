"""One edit on a copy of the snapshot; those of AWS are in test_aws_effects."""

import pytest
from clusters import Cluster
from fix.causes import pod_of
from fix.workloads import own

from efadoctor.fix.apply import apply, apply_all, changes_something
from efadoctor.model.edits import append_to, set_field
from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.fix import Command, Creation, Deletion, Operation, Patch, Recreation
from efadoctor.model.kubernetes import Node, Toleration
from efadoctor.model.reference import ObjectRef, reference

POD = ObjectRef("v1", "Pod", "ml", "trainer")


def test_a_patch_changes_the_copy_and_not_the_original() -> None:
    snapshot = Cluster().snapshot()
    edit = append_to(pod_of(snapshot), "spec.tolerations", Toleration(key="k"))
    after = apply(snapshot, edit).after
    assert Toleration(key="k") in pod_of(after).spec.tolerations
    assert Toleration(key="k") not in pod_of(snapshot).spec.tolerations


def test_a_patch_is_refused_where_the_object_changed_since_it_was_read() -> None:
    snapshot = Cluster().snapshot()
    edit = append_to(pod_of(snapshot), "spec.tolerations", Toleration(key="k"))
    changed = apply(snapshot, edit).after
    with pytest.raises(InvalidPatchError, match="/spec/tolerations is not as it was read"):
        apply(changed, edit)


@pytest.mark.parametrize(
    "operation",
    [
        Operation(op="remove", path="/spec/nothing"),
        Operation(op="add", path="/spec/a/b/c", value=1),
        Operation(op="replace", path="/spec/containers", value="text"),
        Operation(op="leap", path="/spec"),
        Operation(op="add", path="no-pointer", value=1),
    ],
)
def test_a_patch_that_does_not_fit_is_refused_with_the_name_of_the_object(
    operation: Operation,
) -> None:
    with pytest.raises(InvalidPatchError, match="Pod/trainer"):
        apply(Cluster().snapshot(), Patch(target=POD, operations=(operation,)))


def test_an_object_that_is_gone_is_refused() -> None:
    gone = ObjectRef("v1", "Pod", "ml", "gone")
    with pytest.raises(InvalidPatchError, match="gone"):
        apply(Cluster().snapshot(), Deletion(target=gone))


def test_a_pod_made_anew_is_unbound_and_pending() -> None:
    cluster = Cluster()
    cluster.pod["spec"]["nodeName"] = "somewhere"
    cluster.pod["status"] = {"phase": "Running"}
    snapshot = cluster.snapshot()
    edit = set_field(pod_of(snapshot), "spec.nodeSelector.a", "b")
    after = apply(snapshot, Recreation(target=POD, operations=edit.operations)).after
    assert pod_of(after).spec.node_name == ""
    assert pod_of(after).status.phase == "Pending"
    assert pod_of(after).spec.node_selector["a"] == "b"


def test_a_workload_made_anew_loses_its_pods() -> None:
    cluster = Cluster()
    own(cluster, "Job")
    job = ObjectRef("batch/v1", "Job", "ml", "train")
    change = apply(cluster.snapshot(), Recreation(target=job, operations=()))
    assert [reference(v) for v in change.removed] == [POD]


def test_a_new_object_has_a_uid_by_which_its_pods_can_name_it() -> None:
    body = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "d", "namespace": "n"},
    }
    change = apply(Cluster().snapshot(), Creation(body=body))
    assert change.replaced[0].metadata.uid


def test_a_new_object_of_no_known_kind_is_refused() -> None:
    with pytest.raises(InvalidPatchError, match="Widget"):
        apply(Cluster().snapshot(), Creation(body={"apiVersion": "x/v1", "kind": "Widget"}))


def test_a_command_comes_to_its_effect() -> None:
    patch = set_field(Cluster().snapshot().all(Node)[0], "spec.unschedulable", value=True)
    command = Command(argv=("kubectl", "cordon", "x"), effect=(patch,))
    after = apply(Cluster().snapshot(), command).after
    assert after.all(Node)[0].spec.unschedulable
    assert changes_something(command)
    assert not changes_something(Command(argv=("kubectl", "logs", "x")))


def test_edits_in_a_row_see_each_other() -> None:
    snapshot = Cluster().snapshot()
    first = append_to(pod_of(snapshot), "spec.tolerations", Toleration(key="a"))
    middle = apply(snapshot, first).after
    second = append_to(pod_of(middle), "spec.tolerations", Toleration(key="b"))
    change = apply_all(snapshot, (first, second))
    assert [t.key for t in pod_of(change.after).spec.tolerations[-2:]] == ["a", "b"]
    assert len(change.replaced) == 1

"""A patch that was made already is known by tests that hold after it, and not before it."""

from typing import Any

import jsonpatch
import pytest
from clusters import Cluster
from fix.causes import pod_of
from fix.workloads import own
from hypothesis import given
from hypothesis import strategies as st

from efadoctor.fix.render.done import done_tests
from efadoctor.model.edits import append_to, plain, remove_field, set_field
from efadoctor.model.fix import Operation, Patch
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Taint, Toleration
from efadoctor.model.snapshot import Snapshot


@pytest.fixture
def snapshot() -> Snapshot:
    cluster = Cluster()
    own(cluster, "Deployment")
    cluster.pod["spec"]["nodeSelector"] = {"pool": "efa"}
    cluster.pod["spec"]["schedulingGates"] = [{"name": "wait"}]
    taints = [{"key": k, "value": "", "effect": "NoSchedule"} for k in ("a", "b", "c")]
    cluster.node["spec"]["taints"] = taints
    return cluster.snapshot()


def done(snapshot: Snapshot, patch: Patch) -> dict[str, Any]:
    view = snapshot.find(patch.target)
    found = done_tests(view, patch.operations)
    assert all(o.op == "test" for o in found)
    return {o.path: plain(o.value) for o in found}


def test_an_entry_added_at_the_end_is_looked_for_where_it_came_to_be(snapshot: Snapshot) -> None:
    new = Toleration(key="k", operator="Exists")
    count = len(pod_of(snapshot).spec.tolerations)
    place = {f"/spec/tolerations/{count}": {"key": "k", "operator": "Exists"}}
    assert done(snapshot, append_to(pod_of(snapshot), "spec.tolerations", new)) == place


def test_a_field_that_was_set_has_its_value(snapshot: Snapshot) -> None:
    edit = set_field(pod_of(snapshot), 'spec.nodeSelector["karpenter.sh/nodepool"]', "efa")
    assert done(snapshot, edit) == {"/spec/nodeSelector/karpenter.sh~1nodepool": "efa"}


def test_a_field_that_was_removed_is_absent(snapshot: Snapshot) -> None:
    edit = remove_field(snapshot.all(Node)[0], 'metadata.labels["kubernetes.io/arch"]')
    assert done(snapshot, edit) == {"/metadata/labels/kubernetes.io~1arch": None}


def test_a_map_that_lost_its_last_key_is_absent_itself(snapshot: Snapshot) -> None:
    assert done(snapshot, remove_field(pod_of(snapshot), "spec.nodeSelector.pool")) == {
        "/spec/nodeSelector": None
    }


def test_a_part_that_lost_its_last_field_stays_and_the_field_is_absent() -> None:
    cluster = Cluster()
    cluster.pod["spec"]["containers"][0]["securityContext"] = {"runAsUser": 1000}
    snapshot = cluster.snapshot()
    field = "spec.containers[0].securityContext.runAsUser"
    assert done(snapshot, remove_field(pod_of(snapshot), field)) == {
        "/spec/containers/0/securityContext/runAsUser": None
    }


def test_a_list_that_lost_its_last_entry_is_absent_in_kubernetes_and_empty_in_custom_kinds(
    snapshot: Snapshot,
) -> None:
    gate = remove_field(pod_of(snapshot), "spec.schedulingGates[0]")
    assert done(snapshot, gate) == {"/spec/schedulingGates": None}
    pool = snapshot.all(NodePool)[0]
    taint = Operation(op="remove", path="/spec/template/spec/taints/0")
    every = tuple(taint for _ in pool.spec.template.spec.taints)
    (found,) = done_tests(pool, every)
    assert (found.path, found.value) == ("/spec/template/spec/taints", [])


def test_a_list_that_lost_an_entry_in_its_midst_is_tested_whole(snapshot: Snapshot) -> None:
    node = next(n for n in snapshot.all(Node) if len(n.spec.taints) == 3)
    found = done(snapshot, remove_field(node, "spec.taints[1]"))
    assert list(found) == ["/spec/taints"]
    assert [t["key"] for t in found["/spec/taints"]] == ["a", "c"]


def test_a_list_that_no_view_holds_whole_cannot_be_tested(snapshot: Snapshot) -> None:
    view = pod_of(snapshot)
    operations = (
        Operation(op="add", path="/spec/containers/-", value={"name": "second"}),
        Operation(op="remove", path="/spec/containers/0"),
    )
    assert done_tests(view, operations) == ()


def test_a_patch_that_does_not_fit_has_no_such_test(snapshot: Snapshot) -> None:
    assert done_tests(pod_of(snapshot), (Operation(op="remove", path="/spec/no/such"),)) == ()


KEYS = st.sampled_from(["a", "b", "c", "d"])


@given(st.lists(KEYS, unique=True, min_size=1), st.data())
def test_the_tests_hold_after_a_patch_of_a_list_and_not_before(
    keys: list[str], data: st.DataObject
) -> None:
    cluster = Cluster()
    cluster.node["spec"]["taints"] = [{"key": k, "value": "", "effect": "NoExecute"} for k in keys]
    node = next(n for n in cluster.snapshot().all(Node) if len(n.spec.taints) == len(keys))
    if data.draw(st.booleans()):
        index = data.draw(st.integers(0, len(keys) - 1))
        patch = remove_field(node, f"spec.taints[{index}]")
    else:
        patch = append_to(node, "spec.taints", Taint(key="new", effect="NoExecute"))
    tests = [plain(o) for o in done_tests(node, patch.operations)]
    assert tests
    before = plain(node)
    after = jsonpatch.JsonPatch([plain(o) for o in patch.operations]).apply(before)
    if after["spec"]["taints"]:  # of an absent field, only the API server takes null as its value
        jsonpatch.JsonPatch(tests).apply(after)
    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        jsonpatch.JsonPatch(tests).apply(before)

"""Builders of patches: what they test, what they make, what they refuse."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from clusters import Cluster
from hypothesis import given
from hypothesis import strategies as st

from efadoctor.fix.apply import patched_view
from efadoctor.model.edits import (
    append_to,
    appending,
    joined,
    patch,
    plain,
    remove_field,
    set_field,
    setting,
)
from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.fix import Operation, Patch
from efadoctor.model.karpenter import EC2NodeClass, NodePool, Requirement
from efadoctor.model.kubernetes import Node, Pod, Toleration


def pod(**spec: Any) -> Pod:
    containers = [{"name": "c", "resources": {"limits": {"vpc.amazonaws.com/efa": "4"}}}]
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "n"}}
    return msgspec.convert({**body, "spec": {"containers": containers, **spec}}, Pod)


def ops(made: Patch) -> list[tuple[str, str, Any]]:
    return [(o.op, o.path, plain(o.value) if o.op != "remove" else None) for o in made.operations]


def test_a_field_that_is_there_is_tested_then_replaced() -> None:
    made = set_field(pod(nodeSelector={"a/b": "x"}), 'spec.nodeSelector["a/b"]', "y")
    assert ops(made) == [
        ("test", "/spec/nodeSelector/a~1b", "x"),
        ("replace", "/spec/nodeSelector/a~1b", "y"),
    ]


def test_missing_parents_are_made_in_one_add() -> None:
    made = set_field(pod(), 'spec.nodeSelector["a/b"]', "y")
    assert ops(made) == [("add", "/spec/nodeSelector", {"a/b": "y"})]


def test_a_field_of_an_entry_is_guarded_by_the_name_of_the_entry() -> None:
    made = set_field(pod(), 'spec.containers[0].resources.limits["vpc.amazonaws.com/efa"]', "2")
    assert ops(made) == [
        ("test", "/spec/containers/0/name", "c"),
        ("test", "/spec/containers/0/resources/limits/vpc.amazonaws.com~1efa", "4"),
        ("replace", "/spec/containers/0/resources/limits/vpc.amazonaws.com~1efa", "2"),
    ]


def test_a_list_that_is_absent_is_made_with_its_first_entry() -> None:
    made = append_to(pod(), "spec.tolerations", Toleration(key="k", operator="Exists"))
    assert ops(made) == [("add", "/spec/tolerations", [{"key": "k", "operator": "Exists"}])]


def test_an_entry_is_added_after_a_test_of_the_whole_list() -> None:
    seen = [{"key": "a", "operator": "Exists"}]
    made = append_to(pod(tolerations=seen), "spec.tolerations", Toleration(key="k"))
    assert ops(made) == [
        ("test", "/spec/tolerations", seen),
        ("add", "/spec/tolerations/-", {"key": "k"}),
    ]


def test_an_entry_that_is_in_the_list_is_not_added_again() -> None:
    seen = {"key": "a", "operator": "Exists"}
    made = append_to(pod(tolerations=[seen]), "spec.tolerations", seen)
    assert [o.op for o in made.operations] == ["test"]


def test_of_a_very_long_list_only_the_last_entry_is_tested() -> None:
    many = [{"key": f"key-number-{n}", "operator": "Exists"} for n in range(100)]
    made = append_to(pod(tolerations=many), "spec.tolerations", Toleration(key="k"))
    assert ops(made)[0] == ("test", "/spec/tolerations/99", many[-1])
    assert len(made.operations) == 2


def test_a_view_that_is_not_whole_is_tested_by_its_name_alone() -> None:
    made = remove_field(pod(), "spec.containers[0]")
    assert ops(made) == [
        ("test", "/spec/containers/0/name", "c"),
        ("remove", "/spec/containers/0", None),
    ]


def test_a_taint_is_tested_whole_before_it_is_removed() -> None:
    cluster = Cluster()
    node = cluster.snapshot().all(Node)[-1]
    taint = node.spec.taints[0]
    made = remove_field(node, "spec.taints[0]")
    assert ops(made)[0] == ("test", "/spec/taints/0", plain(taint))


def test_removing_what_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidPatchError, match="nothing there"):
        remove_field(pod(), "spec.tolerations")


@pytest.mark.parametrize(
    "build",
    [
        lambda p: set_field(p, "spec.containers[7].image", "x"),
        lambda p: set_field(p, "spec.tolerations[0]", {"key": "k"}),
        lambda p: set_field(p, FieldPath(), "x"),
    ],
)
def test_an_entry_or_an_object_that_cannot_be_set_is_refused(build: Callable[[Pod], Any]) -> None:
    with pytest.raises(InvalidPatchError):
        build(pod())


def test_tests_come_first_and_once_when_operations_are_joined() -> None:
    test = Operation(op="test", path="/a", value=1)
    add = Operation(op="add", path="/b", value=2)
    assert joined((test, add), (test, add)) == (test, add, add)


def test_several_changes_of_one_object_are_one_patch() -> None:
    view = pod(nodeSelector={"a": "x"})
    made = patch(
        view,
        setting(view, "spec.nodeSelector.a", "y"),
        appending(view, "spec.tolerations", {"key": "k"}),
    )
    changed = patched_view(view, made.operations)
    assert changed.spec.node_selector == {"a": "y"}
    assert changed.spec.tolerations == (Toleration(key="k"),)


def test_a_requirement_is_appended_to_a_node_pool() -> None:
    pool = Cluster().snapshot().all(NodePool)[0]
    wanted = Requirement(key="zone", operator="In", values=("a",))
    made = append_to(pool, "spec.template.spec.requirements", wanted)
    assert patched_view(pool, made.operations).spec.template.spec.requirements[-1] == wanted


@given(
    st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), max_size=4),
    st.text(min_size=1, max_size=8),
    st.text(max_size=8),
)
def test_a_set_field_reads_back_whatever_its_name(
    before: dict[str, str], key: str, value: str
) -> None:
    view = pod(nodeSelector=before)
    made = set_field(view, FieldPath.of("spec", "nodeSelector", key), value)
    assert patched_view(view, made.operations).spec.node_selector == {**before, key: value}


def test_entries_without_a_name_are_known_by_what_else_they_say() -> None:
    term = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"a": "b"}}}
    affinity = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    spread = [{"topologyKey": "zone", "maxSkew": 2}]
    both = pod(affinity=affinity, topologySpreadConstraints=spread)
    where = "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
    pointer = FieldPath.parse(where).pointer
    assert ops(remove_field(both, where)) == [("test", pointer, term), ("remove", pointer, None)]
    softer = set_field(both, "spec.topologySpreadConstraints[0].whenUnsatisfiable", "x")
    assert ops(softer)[0] == ("test", "/spec/topologySpreadConstraints/0/topologyKey", "zone")


def test_a_list_that_is_replaced_whole_is_known_by_its_entries() -> None:
    interface = {"networkCardIndex": 1, "interfaceType": "efa-only"}
    body = {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass"}
    spec = {"networkInterfaces": [{}, interface]}
    view = msgspec.convert({**body, "metadata": {"name": "x"}, "spec": spec}, EC2NodeClass)
    assert ops(set_field(view, "spec.networkInterfaces", [])) == [
        ("test", "/spec/networkInterfaces/1/networkCardIndex", 1),
        ("test", "/spec/networkInterfaces/1/interfaceType", "efa-only"),
        ("replace", "/spec/networkInterfaces", []),
    ]

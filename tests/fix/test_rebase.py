"""Two fixes of one object, in a row."""

import pytest
from clusters import Cluster
from fix.causes import pod_of
from hypothesis import given
from hypothesis import strategies as st

from efadoctor.fix.apply import apply
from efadoctor.fix.rebase import does_nothing, rebased
from efadoctor.model.edits import append_to, remove_field, set_field
from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.fix import ChartValues, Command, Edit, Operation, Patch
from efadoctor.model.kubernetes import Node, Taint, Toleration
from efadoctor.model.snapshot import Snapshot


def one_after_another(snapshot: Snapshot, *edits: Edit) -> Snapshot:
    now = snapshot
    for edit in edits:
        fits = rebased(edit, snapshot, now)
        if not does_nothing(fits):
            now = apply(now, fits).after
    return now


@given(st.lists(st.integers(0, 5), max_size=3), st.lists(st.integers(0, 5), max_size=5))
def test_tolerations_that_several_fixes_add_are_all_there_once(
    seen: list[int], added: list[int]
) -> None:
    cluster = Cluster()
    cluster.pod["spec"]["tolerations"] = [{"key": f"k{n}"} for n in dict.fromkeys(seen)]
    snapshot = cluster.snapshot()
    edits = [
        append_to(pod_of(snapshot), "spec.tolerations", Toleration(key=f"k{n}")) for n in added
    ]
    after = pod_of(one_after_another(snapshot, *edits)).spec.tolerations
    assert [t.key for t in after] == [f"k{n}" for n in dict.fromkeys([*seen, *added])]


@given(st.permutations(range(4)), st.integers(1, 4))
def test_entries_that_several_fixes_remove_are_gone_and_no_others(
    order: list[int], count: int
) -> None:
    cluster = Cluster()
    cluster.node["spec"]["taints"] = [{"key": f"t{n}", "effect": "NoSchedule"} for n in range(4)]
    snapshot = cluster.snapshot()
    node = snapshot.get(Node, cluster.node["metadata"]["name"])
    assert node is not None
    edits = [remove_field(node, f"spec.taints[{n}]") for n in order[:count]]
    after = one_after_another(snapshot, *edits).get(Node, node.metadata.name)
    assert after is not None
    wanted = [Taint(key=f"t{n}", effect="NoSchedule") for n in range(4) if n not in order[:count]]
    assert list(after.spec.taints) == wanted


@given(st.permutations(range(3)), st.integers(1, 3))
def test_entries_that_are_known_by_name_alone_are_removed_by_their_name(
    order: list[int], count: int
) -> None:
    cluster = Cluster()
    cluster.pod["spec"]["schedulingGates"] = [{"name": f"g{n}"} for n in range(3)]
    snapshot = cluster.snapshot()
    edits = [remove_field(pod_of(snapshot), f"spec.schedulingGates[{n}]") for n in order[:count]]
    after = pod_of(one_after_another(snapshot, *edits)).spec.scheduling_gates
    assert [g.name for g in after] == [f"g{n}" for n in range(3) if n not in order[:count]]


def test_a_change_within_an_entry_that_an_earlier_fix_removed_is_a_conflict() -> None:
    snapshot = Cluster().snapshot()
    within = set_field(pod_of(snapshot), "spec.containers[0].image", "other")
    once = apply(snapshot, remove_field(pod_of(snapshot), "spec.containers[0]")).after
    with pytest.raises(InvalidPatchError, match="an earlier fix"):
        rebased(within, snapshot, once)


@pytest.mark.parametrize("index", [0, 1])
def test_an_entry_that_an_earlier_fix_removed_is_not_removed_twice(index: int) -> None:
    cluster = Cluster()
    cluster.node["spec"]["taints"] = [{"key": k, "effect": "NoSchedule"} for k in "ab"]
    snapshot = cluster.snapshot()
    node = snapshot.get(Node, cluster.node["metadata"]["name"])
    assert node is not None
    edit = remove_field(node, f"spec.taints[{index}]")
    after = one_after_another(snapshot, edit, edit).get(Node, node.metadata.name)
    assert after is not None
    assert [t.key for t in after.spec.taints] == ["ba"[index]]


def test_an_entry_that_an_earlier_fix_replaced_is_not_replaced_by_something_else() -> None:
    cluster = Cluster()
    cluster.pod["spec"]["tolerations"] = [{"key": "typo"}]
    snapshot = cluster.snapshot()
    first, again, other = (
        set_field(pod_of(snapshot), "spec.tolerations[0]", {"key": k}) for k in "aab"
    )
    once = apply(snapshot, first).after
    assert does_nothing(rebased(again, snapshot, once))
    with pytest.raises(InvalidPatchError, match="an earlier fix"):
        rebased(other, snapshot, once)


def test_keys_that_several_fixes_add_to_an_absent_mapping_are_all_there() -> None:
    snapshot = Cluster().snapshot()
    node = snapshot.all(Node)[0]
    edits = [set_field(node, f'metadata.annotations["{k}"]', k) for k in ("a", "b/c")]
    after = one_after_another(snapshot, *edits).all(Node)[0]
    assert after.metadata.annotations == {"a": "a", "b/c": "b/c"}


def test_a_fix_that_an_earlier_one_has_made_does_nothing() -> None:
    snapshot = Cluster().snapshot()
    edit = set_field(pod_of(snapshot), "spec.nodeSelector.a", "b")
    once = apply(snapshot, edit).after
    assert does_nothing(rebased(edit, snapshot, once))
    assert not does_nothing(rebased(edit, snapshot, snapshot))


def test_a_field_that_an_earlier_fix_set_otherwise_is_a_conflict() -> None:
    snapshot = Cluster().snapshot()
    once = apply(snapshot, set_field(pod_of(snapshot), "spec.priorityClassName", "a")).after
    with pytest.raises(InvalidPatchError, match="an earlier fix"):
        rebased(set_field(pod_of(snapshot), "spec.priorityClassName", "b"), snapshot, once)


def test_what_somebody_else_changed_stays_refused() -> None:
    snapshot = Cluster().snapshot()
    target = append_to(pod_of(snapshot), "spec.tolerations", Toleration(key="k")).target
    wrong = Patch(
        target=target,
        operations=(
            Operation(op="test", path="/spec/tolerations", value=[{"key": "never-there"}]),
            Operation(op="add", path="/spec/tolerations/-", value={"key": "k"}),
        ),
    )
    earlier = apply(snapshot, append_to(pod_of(snapshot), "spec.tolerations", {"key": "x"})).after
    with pytest.raises(InvalidPatchError, match="not as it was read"):
        apply(earlier, rebased(wrong, snapshot, earlier))


def test_chart_values_keep_what_an_earlier_release_of_the_plan_set() -> None:
    snapshot = Cluster().snapshot()
    live = append_to(pod_of(snapshot), "spec.tolerations", {"key": "second"})
    change = ChartValues(
        target=live.target,
        release="r",
        namespace="n",
        chart="c",
        values={"tolerations": [{"key": "second"}]},
        operations=live.operations,
    )
    earlier = apply(
        snapshot, append_to(pod_of(snapshot), "spec.tolerations", {"key": "first"})
    ).after
    fits = rebased(change, snapshot, earlier)
    assert isinstance(fits, ChartValues)
    assert fits.values == {"tolerations": [{"key": "second"}, {"key": "first"}]}


def test_the_effect_of_a_command_is_fitted_too() -> None:
    snapshot = Cluster().snapshot()
    edit = append_to(pod_of(snapshot), "spec.tolerations", {"key": "k"})
    once = apply(snapshot, edit).after
    fits = rebased(Command(argv=("x",), effect=(edit,)), snapshot, once)
    assert isinstance(fits, Command)
    assert [does_nothing(e) for e in fits.effect] == [True]

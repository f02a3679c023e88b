"""The plan: order, proof, minimality, conflicts, what it says."""

import msgspec
from clusters import EFA_NODE, Cluster
from fix.causes import POD, Wants, cause, pod_of, tolerate
from fix.workloads import own
from hypothesis import given, settings
from hypothesis import strategies as st

from efadoctor.fix.bench import identity
from efadoctor.fix.plan import Outcome, planned
from efadoctor.model.edits import set_field
from efadoctor.model.finding import Finding, PathId, PathKind
from efadoctor.model.fix import Command, Deletion, Fix, Patch, Recreation
from efadoctor.model.kubernetes import Node, Pod, Toleration
from efadoctor.model.pod_edits import Setting, add_toleration, change_pod
from efadoctor.model.reference import ObjectRef, reference
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.path import Path


def test_each_step_is_proved_and_says_what_still_stands() -> None:
    snapshot = Cluster().snapshot()
    causes = tuple(cause(k, tolerate(snapshot, k)) for k in ("a", "b"))
    found, plan = planned(snapshot, causes, Wants(causes, "ab"))
    assert plan.verified is True
    assert [(s.finding, s.fix) for s in plan.steps] == [(0, 0), (1, 0)]
    assert "lacks b" in plan.steps[0].after
    assert EFA_NODE in plan.steps[1].after
    assert [f.fixes[0].verified for f in found] == [True, True]


def test_a_later_command_fits_the_object_that_the_earlier_one_leaves() -> None:
    snapshot = Cluster().snapshot()
    causes = tuple(cause(k, tolerate(snapshot, k)) for k in ("a", "b"))
    found, _ = planned(snapshot, causes, Wants(causes, "ab"))
    patch = found[1].fixes[0].edits[0]
    assert isinstance(patch, Patch)
    tested = next(o.value for o in patch.operations if o.op == "test")
    assert tested[-1] == {"key": "a"}
    assert found[1].fixes[0].commands


def test_equal_fixes_of_two_findings_are_one_step() -> None:
    snapshot = Cluster().snapshot()
    causes = tuple(cause(k, tolerate(snapshot, "a", "b")) for k in ("a", "b"))
    found, plan = planned(snapshot, causes, Wants(causes, "ab"))
    assert len(plan.steps) == 1
    assert [f.fixes[0].verified for f in found] == [True, True]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sets(st.sampled_from("abcd"), min_size=1), min_size=1, max_size=4),
    st.sets(st.sampled_from("abcd"), min_size=1),
)
def test_no_step_of_a_proved_plan_can_be_left_out(
    offered: list[set[str]], wanted: set[str]
) -> None:
    snapshot = Cluster().snapshot()
    causes = tuple(
        cause(str(n), tolerate(snapshot, *sorted(keys))) for n, keys in enumerate(offered)
    )
    judge = Wants(causes, sorted(wanted))
    _, plan = planned(snapshot, causes, judge)
    assert (plan.verified is True) == (wanted <= set().union(*offered))
    if not plan.verified:
        return
    taken = [offered[s.finding] for s in plan.steps]
    for left_out in range(len(taken)):
        others = [keys for n, keys in enumerate(taken) if n != left_out]
        assert not others or not wanted <= set().union(*others)


def test_a_plan_that_is_not_enough_says_what_else_is_in_the_way() -> None:
    snapshot = Cluster().snapshot()
    known = cause("a", tolerate(snapshot, "a"))
    hidden = Finding(object=POD, summary="The disk is full.", evidence=(), key="z", code="EFA503")

    def judge(copy: Snapshot) -> Outcome:
        done = any(t.key == "a" for t in pod_of(copy).spec.tolerations)
        return Outcome(message="no", remaining=(hidden,) if done else (known,))

    found, plan = planned(snapshot, (known,), judge)
    assert plan.verified is False
    assert "EFA503" in plan.why
    assert "The disk is full." in plan.why
    assert found[0].fixes[0].verified is True


def test_where_no_copy_can_show_what_remains_the_plan_is_neither_proved_nor_disproved() -> None:
    snapshot = Cluster().snapshot()
    known = cause("a", tolerate(snapshot, "a"))
    behind = cause("z", Fix(title="Buy", unprovable="only EC2 can tell"))

    def judge(copy: Snapshot) -> Outcome:
        done = any(t.key == "a" for t in pod_of(copy).spec.tolerations)
        return Outcome(message="no", remaining=(behind,) if done else (known,))

    _, plan = planned(snapshot, (known,), judge)
    assert plan.verified is None
    assert "The pod lacks z." in plan.why
    assert "Only EC2 can tell." in plan.why


def test_a_step_that_no_copy_can_show_leaves_the_plan_unproved_though_the_pod_fits() -> None:
    snapshot = Cluster().snapshot()
    doubtful = Fix(
        title="Tolerate", edits=tolerate(snapshot, "a").edits, unprovable="it may come back"
    )
    causes = (cause("a", doubtful),)
    _, plan = planned(snapshot, causes, Wants(causes, "a"))
    assert plan.verified is None
    assert "It may come back." in plan.why


def test_what_no_copy_can_show_is_neither_proved_nor_disproved() -> None:
    snapshot = Cluster().snapshot()
    fix = Fix(title="Buy", unprovable="EC2 may have no capacity")
    causes = (cause("a", fix),)
    found, plan = planned(snapshot, causes, Wants(causes, "a"))
    assert plan.verified is None
    assert "EC2 may have no capacity" in plan.why
    assert found[0].fixes[0].verified is None
    assert "EC2 may have no capacity" in found[0].fixes[0].after


def test_a_command_without_a_known_effect_proves_nothing() -> None:
    snapshot = Cluster().snapshot()
    causes = (cause("a", Fix(title="Look", edits=(Command(argv=("kubectl", "logs", "x")),))),)
    found, plan = planned(snapshot, causes, Wants(causes, "a"))
    assert (plan.verified, found[0].fixes[0].verified) == (None, None)
    assert found[0].fixes[0].commands == ("kubectl logs x",)


def test_of_a_finding_without_a_fix_nothing_was_tried_and_the_plan_says_so() -> None:
    snapshot = Cluster().snapshot()
    causes = (cause("a"),)
    _, plan = planned(snapshot, causes, Wants(causes, "a"))
    assert plan.steps == ()
    assert plan.verified is None
    assert "No fix is known for EFA104" in plan.why


def test_a_fix_for_an_object_that_changed_is_refused_with_the_reason() -> None:
    snapshot = Cluster().snapshot()
    fix = tolerate(snapshot, "a")
    cluster = Cluster()
    cluster.pod["spec"]["tolerations"] = [{"key": "other"}]
    changed = cluster.snapshot()
    causes = (cause("a", fix),)
    found, plan = planned(changed, causes, Wants(causes, "a"))
    assert plan.verified is False
    assert "not as it was read" in plan.why
    assert found[0].fixes[0].after.startswith("Refused")
    assert found[0].fixes[0].verified is False


def test_two_fixes_that_set_one_field_differently_conflict_and_the_second_is_left_out() -> None:
    snapshot = Cluster().snapshot()
    fixes = [
        Fix(title=v, edits=(set_field(pod_of(snapshot), "spec.priorityClassName", v),))
        for v in ("x", "y")
    ]
    causes = tuple(cause(k, f) for k, f in zip("ab", fixes, strict=True))
    found, plan = planned(snapshot, causes, Wants(causes, "ab"))
    assert [s.finding for s in plan.steps] == [0]
    assert "left out" in plan.why
    assert found[1].fixes[0].verified is False
    assert found[1].fixes[0].after.startswith("Conflicts")


def test_a_conflict_is_avoided_where_an_alternative_goes_together_with_the_rest() -> None:
    snapshot = Cluster().snapshot()
    x, y = (
        Fix(title=v, edits=(set_field(pod_of(snapshot), "spec.priorityClassName", v),))
        for v in ("x", "y")
    )
    causes = (cause("a", x), cause("b", y, tolerate(snapshot, "b")))
    _, plan = planned(snapshot, causes, Wants(causes, "b"))
    assert plan.verified is True
    assert [(s.finding, s.fix) for s in plan.steps] == [(1, 1)]


def test_a_pod_is_not_patched_in_place_where_another_fix_makes_its_job_anew() -> None:
    cluster = Cluster()
    own(cluster, "Job")
    snapshot = cluster.snapshot()
    pod = pod_of(snapshot)
    new = Toleration(key="a", operator="Exists")
    causes = (
        cause("a", *add_toleration(snapshot, pod, new, title="Tolerate a")),
        cause("b", *change_pod(snapshot, pod, (Setting("priorityClassName", "b"),), title="b")),
    )

    def judge(copy: Snapshot) -> Outcome:
        now = copy.get(Pod, "trainer", "ml")
        lacking = []
        if now is None or new not in now.spec.tolerations:
            lacking.append(causes[0])
        if now is None or now.spec.priority_class_name != "b":
            lacking.append(causes[1])
        if not lacking:
            return Outcome(feasible=("n",))
        return Outcome(message="no", remaining=tuple(lacking))

    found, plan = planned(snapshot, causes, judge)
    assert plan.verified is True
    assert [(s.finding, s.fix) for s in plan.steps] == [(0, 1), (1, 0)]
    assert isinstance(found[0].fixes[1].edits[0], Recreation)
    assert found[0].fixes[0].verified is True


def test_a_node_that_a_pool_would_now_launch_proves_the_plan() -> None:
    cluster = Cluster()
    snapshot = cluster.snapshot()
    template = snapshot.get(Node, EFA_NODE)
    assert template is not None
    bare = snapshot.without(reference(template))
    causes = (cause("a", tolerate(bare, "a")),)
    way = Path(id=PathId(PathKind.NODEPOOL, "efa"), node=template, hypothetical=True)

    def judge(copy: Snapshot) -> Outcome:
        if not any(t.key == "a" for t in pod_of(copy).spec.tolerations):
            return Outcome(message="no", remaining=causes)
        nodes = tuple(n.metadata.name for n in copy.all(Node) if n.metadata.name == EFA_NODE)
        return Outcome(feasible=nodes, admitted_by=None if nodes else way)

    _, plan = planned(bare, causes, judge)
    assert plan.verified is True
    said = "NodePool efa launches a p5.48xlarge in us-west-2a. The pod then fits there."
    assert plan.steps[0].after == said


def test_a_fix_that_an_earlier_one_outdates_is_worked_out_anew() -> None:
    snapshot = Cluster().snapshot()
    stale, right = tolerate(snapshot, "nothing"), tolerate(snapshot, "b")
    first, second = cause("a", tolerate(snapshot, "a")), cause("b", stale)

    def judge(copy: Snapshot) -> Outcome:
        keys = {t.key for t in pod_of(copy).spec.tolerations}
        if {"a", "b"} <= keys:
            return Outcome(feasible=(EFA_NODE,))
        by_then = msgspec.structs.replace(second, fixes=(right,))
        return Outcome(message="no", remaining=(by_then,) if "a" in keys else (first, second))

    found, plan = planned(snapshot, (first, second), judge)
    assert plan.verified is True, plan.why
    assert [(s.finding, s.fix) for s in plan.steps] == [(0, 0), (1, 0)]
    assert found[1].fixes[0].title == right.title
    assert found[1].fixes[0].verified is True


def test_alternatives_are_tried_in_place_of_the_first() -> None:
    snapshot = Cluster().snapshot()
    good, bad = tolerate(snapshot, "a"), tolerate(snapshot, "nothing")
    causes = (cause("a", good, bad),)
    found, _ = planned(snapshot, causes, Wants(causes, "a"))
    assert [f.verified for f in found[0].fixes] == [True, False]
    assert all(f.commands for f in found[0].fixes)


def test_a_deleted_object_is_refused_when_it_is_not_there() -> None:
    snapshot = Cluster().snapshot()
    gone = Fix(title="Delete", edits=(Deletion(target=ObjectRef("v1", "Pod", "ml", "gone")),))
    causes = (cause("a", gone),)
    found, _ = planned(snapshot, causes, Wants(causes, "a"))
    assert found[0].fixes[0].verified is False


def test_findings_are_told_apart_by_fingerprint_else_by_code_object_and_key() -> None:
    assert identity(cause("a")) != identity(cause("b"))
    assert identity(cause("a")) == identity(cause("a"))

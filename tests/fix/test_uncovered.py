"""What fixes bring to light belongs to the plan."""

import pytest
from clusters import Cluster, Fault, broken
from faults import nodes, plugins, pods, provisioning
from fix.causes import Wants, cause, tolerate

from efadoctor import diagnose
from efadoctor.fix.plan import planned
from efadoctor.model.finding import Finding, PathKind
from efadoctor.model.fix import Command, Fix
from efadoctor.model.report import Plan
from efadoctor.model.snapshot import Snapshot


@pytest.mark.parametrize(
    ("faults", "codes"),
    [
        (
            (plugins.efa_plugin_wants_a_label, provisioning.nodepool_without_efa_type),
            ["EFA205", "EFA403"],
        ),
        ((plugins.gpu_plugin_missing, provisioning.nodepool_missing), ["EFA201", "EFA411"]),
        (
            (provisioning.nodepool_requirements_conflict, provisioning.nodepool_limits_exceeded),
            ["EFA204", "EFA206"],
        ),
        (
            (nodes.node_launched_with_two_interfaces, pods.request_exceeds_every_node),
            ["EFA107", "EFA305"],
        ),
        (
            (nodes.node_launched_without_efa, pods.request_exceeds_every_node),
            ["EFA107", "EFA305"],
        ),
    ],
)
def test_a_cause_behind_another_is_a_root_cause_and_a_step_of_the_plan(
    faults: tuple[Fault, ...], codes: list[str]
) -> None:
    report = diagnose(broken(*faults).snapshot(), "ml/trainer")
    assert [f.code for f in report.root_causes] == codes
    assert report.plan is not None
    assert report.plan.verified is True
    assert [report.root_causes[s.finding].code for s in report.plan.steps] == codes
    chosen = next(p for p in report.paths if p.chosen)
    assert list(chosen.blockers) == codes
    assert codes[1] in report.summary


def test_a_path_counts_with_what_its_fixes_uncover() -> None:
    """The pool's limit, hidden behind its requirements, is dearer than to move a workload."""

    def conflict_at_the_limit(cluster: Cluster) -> None:
        provisioning.requiring(cluster, "karpenter.k8s.aws/instance-family", "p5")
        provisioning.requiring(cluster, "karpenter.k8s.aws/instance-size", "8xlarge")

    report = diagnose(broken(plugins.efa_in_use, conflict_at_the_limit).snapshot(), "ml/trainer")
    assert [f.code for f in report.root_causes] == ["EFA502"]
    assert report.plan is not None
    assert report.plan.verified is True
    pool = next(p for p in report.paths if p.id.kind is PathKind.NODEPOOL)
    assert pool.blockers == ("EFA204", "EFA206")


def _hidden(snapshot: Snapshot, fixes: tuple[Fix, ...]) -> tuple[tuple[Finding, ...], Plan]:
    first = cause("a", tolerate(snapshot, "a"))
    second = cause("b", *fixes)
    return planned(snapshot, (first,), Wants((first, second), "ab"))


def test_what_no_fix_opens_stays_what_is_said_of_the_plan() -> None:
    snapshot = Cluster().snapshot()
    for fixes in ((), (Fix(title="look", edits=(Command(argv=("true",)),), unprovable="why"),)):
        found, plan = _hidden(snapshot, fixes)
        assert len(found) == 1
        assert plan.verified is not True
        assert "b" in plan.why
    found, plan = _hidden(snapshot, (tolerate(snapshot, "c"),))
    assert len(found) == 1
    assert plan.verified is False
    found, plan = _hidden(snapshot, (tolerate(snapshot, "b"),))
    assert [f.key for f in found] == ["a", "b"]
    assert plan.verified is True


def test_of_a_workload_without_pods_a_launched_node_counts_though_it_fills_the_limit() -> None:
    cluster = broken(pods.as_job, provisioning.nodepool_limits_exceeded)
    report = diagnose(cluster.snapshot(), "ml/Job/trainer")
    assert [f.code for f in report.root_causes] == ["EFA206"]
    assert report.plan is not None
    assert report.plan.verified is True


def test_where_only_capacity_is_left_the_plan_goes_as_far_as_that() -> None:
    cluster = broken(
        nodes.node_not_ready,
        provisioning.nodepool_requirements_conflict,
        provisioning.capacity_unavailable,
    )
    report = diagnose(cluster.snapshot(), "ml/trainer")
    assert [f.code for f in report.root_causes] == ["EFA204", "EFA206"]
    assert report.plan is not None
    assert report.plan.verified is None
    assert "EFA208" in report.plan.why

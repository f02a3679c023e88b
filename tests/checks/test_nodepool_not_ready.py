"""EFA202: NodePools that Karpenter passes over."""

import pytest
from clusters import LONG_AGO, Cluster, broken
from faults.provisioning import condition_of, nodeclass_not_ready, nodepool_not_ready
from questions import ask, causes, one, report, seen, status

from efadoctor.authoring import Creation
from efadoctor.model.report import Verdict

CODE = "EFA202"


def test_a_nodeclass_that_does_not_exist_is_named() -> None:
    assert causes(broken(nodepool_not_ready)) == [(CODE, "efa")]
    finding = one(CODE, broken(nodepool_not_ready))
    assert finding.object.kind == "NodePool"
    assert seen(finding)["spec.template.spec.nodeClassRef.name"] == "efa-class"
    assert "does not exist" in finding.summary


def test_a_nodeclass_of_auto_mode_is_not_missing_because_nobody_read_it() -> None:
    def auto_mode(cluster: Cluster) -> None:
        nodepool_not_ready(cluster)
        reference = {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"}
        cluster.pool["spec"]["template"]["spec"]["nodeClassRef"] = reference

    assert "does not exist" not in one(CODE, broken(auto_mode)).summary


def test_a_pool_is_not_blamed_for_a_nodeclass_that_nobody_has_read() -> None:
    unread = broken(nodeclass_not_ready).unread_sources("cluster/ec2nodeclasses.karpenter.k8s.aws")
    told = report(unread)
    assert told.root_causes == ()
    assert told.verdict is Verdict.UNKNOWN
    assert "cluster/ec2nodeclasses.karpenter.k8s.aws was not read" in told.summary


def test_naming_the_nodeclass_that_exists_is_proved() -> None:
    plan = report(broken(nodepool_not_ready)).plan
    assert plan is not None
    assert plan.verified is True


def test_a_spec_that_is_not_valid_is_named_by_its_condition() -> None:
    def invalid(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        condition_of(cluster.pool, "ValidationSucceeded", "False", "NodePoolValidationFailed")

    finding = one(CODE, broken(invalid))
    assert finding.key == "ValidationSucceeded"
    assert causes(broken(invalid)) == [(CODE, "efa")]


def test_a_pool_that_is_being_deleted_launches_nothing() -> None:
    def deleted(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        cluster.pool["metadata"]["deletionTimestamp"] = LONG_AGO

    assert seen(one(CODE, broken(deleted)))["metadata.deletionTimestamp"] == LONG_AGO
    assert causes(broken(deleted)) == [(CODE, "efa")]


def test_a_static_pool_keeps_its_nodes_whatever_waits() -> None:
    def static(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        cluster.pool["spec"]["replicas"] = 2

    finding = one(CODE, broken(static))
    assert "static" in finding.summary
    assert causes(broken(static)) == [(CODE, "efa")]
    # The API server would not take the replicas off: another pool is made.
    (edit,) = finding.fixes[0].edits
    assert isinstance(edit, Creation)
    assert edit.body["metadata"] == {"name": "efa-dynamic"}
    plan = report(broken(static)).plan
    assert plan is not None
    assert plan.verified is True, plan


def test_a_nodeclass_that_is_not_ready_is_the_cause_and_this_its_symptom() -> None:
    assert len(ask(CODE, broken(nodeclass_not_ready)).findings) == 1
    assert causes(broken(nodeclass_not_ready)) == [("EFA203", "efa")]


def test_nodes_that_failed_to_register_once_do_not_make_a_pool_unready() -> None:
    def unhealthy(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        listed = cluster.pool["status"]["conditions"]
        next(c for c in listed if c["type"] == "NodeRegistrationHealthy")["status"] = "False"

    assert status(CODE, broken(unhealthy)) == "pass"


def test_a_pool_without_conditions_was_never_judged() -> None:
    def fresh(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        cluster.pool["status"] = {}

    assert status(CODE, broken(fresh)) == "pass"


def test_without_nodepools_it_cannot_be_told() -> None:
    cluster = broken(nodepool_not_ready).unread_sources("cluster/nodepools.karpenter.sh")
    assert status(CODE, cluster) == "unknown"


@pytest.mark.parametrize(
    ("field", "entry", "at"),
    [
        (
            "startupTaints",
            {"key": "vpc.amazonaws.com/efa", "effect": "NoSchedule"},
            "spec.template.spec.startupTaints[0].key",
        ),
        (
            "requirements",
            {"key": "karpenter.sh/nodepool", "operator": "In", "values": ["efa"]},
            "spec.template.spec.requirements[3].key",
        ),
        (
            "requirements",
            {"key": "karpenter.k8s.aws/efa", "operator": "Exists"},
            "spec.template.spec.requirements[3].key",
        ),
    ],
)
def test_what_karpenter_would_refuse_is_known_before_it_has_seen_the_pool(
    field: str, entry: dict[str, object], at: str
) -> None:
    def written(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        cluster.pool["status"] = {}
        cluster.pool["spec"]["template"]["spec"].setdefault(field, []).append(entry)

    state = broken(written)
    assert causes(state) == [(CODE, "efa")]
    assert seen(one(CODE, state))[at] == entry["key"]
    plan = report(state).plan
    assert plan is not None
    assert plan.verified is True

    def judged(cluster: Cluster) -> None:
        valid = cluster.pool["status"]
        written(cluster)
        cluster.pool["status"] = valid

    assert status(CODE, broken(judged)) == "pass"

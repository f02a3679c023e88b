"""EFA203: EC2NodeClasses that find nothing or may do nothing."""

from typing import Any

import pytest
from clusters import Cluster, broken
from faults.provisioning import condition_of, nodeclass_not_ready
from questions import ask, causes, one, report, seen, status

CODE = "EFA203"


def with_condition(type_: str, reason: str, status_: str = "False", **spec: Any) -> Cluster:
    def fault(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        cluster.nodeclass["spec"].update(spec)
        condition_of(cluster.nodeclass, type_, status_, reason)
        condition_of(cluster.pool, "NodeClassReady", status_, "UnhealthyDependents")

    return broken(fault)


def test_the_tag_value_that_differs_in_case_is_named() -> None:
    assert causes(broken(nodeclass_not_ready)) == [(CODE, "efa")]
    finding = one(CODE, broken(nodeclass_not_ready))
    assert finding.object.kind == "EC2NodeClass"
    at = 'spec.subnetSelectorTerms[0].tags["karpenter.sh/discovery"]'
    assert seen(finding)[at] == "PROD"


def test_selecting_what_exists_is_proved() -> None:
    found = report(broken(nodeclass_not_ready))
    assert found.plan is not None
    assert found.plan.verified is True


@pytest.mark.parametrize(
    ("type_", "reason", "spec", "said"),
    [
        (
            "SecurityGroupsReady",
            "SecurityGroupsNotFound",
            {"securityGroupSelectorTerms": [{"tags": {"karpenter.sh/discovery": "prd"}}]},
            "no security group matches karpenter.sh/discovery=prd",
        ),
        (
            "AMIsReady",
            "AMINotFound",
            {"amiSelectorTerms": [{"alias": "al2023@v20260101"}]},
            "no AMI matches al2023@v20260101",
        ),
        (
            "PlacementGroupReady",
            "PlacementGroupNotFound",
            {"placementGroupSelector": {"name": "training"}},
            "there is no placement group training",
        ),
        ("InstanceProfileReady", "InstanceProfileNotFound", {}, "role karpenter-node"),
        ("ValidationSucceeded", "RunInstancesAuthCheckFailed", {}, "ec2:RunInstances"),
        (
            "PlacementGroupReady",
            "PlacementGroupResolutionFailed",
            {},
            "ec2:DescribePlacementGroups",
        ),
        ("ValidationSucceeded", "TagValidationFailed", {}, "TagValidationFailed"),
    ],
)
def test_each_part_is_named_by_what_it_selects(
    type_: str, reason: str, spec: dict[str, Any], said: str
) -> None:
    cluster = with_condition(type_, reason, **spec)
    finding = one(CODE, cluster)
    assert said in finding.summary
    assert finding.key == type_
    assert causes(cluster) == [(CODE, "efa")]


def test_a_placement_group_is_made_by_a_call_that_is_proved() -> None:
    selector = {"name": "training"}
    cluster = with_condition(
        "PlacementGroupReady", "PlacementGroupNotFound", placementGroupSelector=selector
    )
    found = report(cluster)
    assert found.plan is not None
    assert found.plan.verified is True


def test_what_only_waits_for_others_is_left_out() -> None:
    assert [f.key for f in ask(CODE, broken(nodeclass_not_ready)).findings] == ["SubnetsReady"]


def test_a_class_that_is_being_resolved_is_waited_for() -> None:
    def young(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        now = "2026-11-20T09:59:00Z"
        condition_of(
            cluster.nodeclass,
            "SubnetsReady",
            "Unknown",
            "AwaitingReconciliation",
            lastTransitionTime=now,
        )
        condition_of(cluster.pool, "NodeClassReady", "Unknown", "NodeClassReadinessUnknown")

    found = ask(CODE, broken(young))
    assert found.findings == ()
    assert len(found.awaited) == 1


def test_a_class_that_no_pool_of_the_pod_uses_is_nobodys_business() -> None:
    def other(cluster: Cluster) -> None:
        unused = {**cluster.nodeclass, "metadata": {**cluster.nodeclass["metadata"], "name": "x"}}
        cluster.add(unused | {"status": {"conditions": [{"type": "Ready", "status": "False"}]}})

    assert status(CODE, broken(other)) == "pass"


def test_without_subnets_read_the_condition_still_counts() -> None:
    cluster = broken(nodeclass_not_ready).unread_sources("aws/ec2/describe-subnets")
    assert causes(cluster) == [(CODE, "efa")]


def test_without_nodeclasses_nothing_can_be_named() -> None:
    cluster = broken(nodeclass_not_ready).unread_sources("cluster/ec2nodeclasses.karpenter.k8s.aws")
    assert status(CODE, cluster) == "unknown"
    assert causes(cluster) == []

"""EFA206: NodePools at their limits."""

import pytest
from clusters import Cluster, broken
from faults.provisioning import nodepool_limits_exceeded
from questions import ask, causes, one, report, seen, status

CODE = "EFA206"


def limited(limits: dict[str, str], used: dict[str, str] | None = None) -> Cluster:
    def fault(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        cluster.pool["spec"]["limits"] = limits
        cluster.pool["status"]["resources"] = used or {"nodes": "0"}

    return broken(fault)


def test_the_limit_and_what_one_more_node_takes_are_named() -> None:
    assert causes(broken(nodepool_limits_exceeded)) == [(CODE, "efa")]
    finding = one(CODE, broken(nodepool_limits_exceeded))
    assert seen(finding)["spec.limits.cpu"] == "64"
    assert finding.evidence[0].expected == "at least 96"


@pytest.mark.parametrize(
    ("limits", "used", "key"),
    [
        ({"cpu": "1000"}, {"cpu": "960"}, "cpu"),
        ({"nvidia.com/gpu": "8"}, {"nvidia.com/gpu": "8"}, "nvidia.com/gpu"),
        ({"vpc.amazonaws.com/efa": "3"}, None, "vpc.amazonaws.com/efa"),
        ({"nodes": "2"}, {"nodes": "2"}, "nodes"),
        ({"memory": "1Ti"}, {"memory": "900Gi"}, "memory"),
    ],
)
def test_any_resource_may_be_limited(
    limits: dict[str, str], used: dict[str, str] | None, key: str
) -> None:
    assert [f.key for f in ask(CODE, limited(limits, used)).findings] == [key]
    assert causes(limited(limits, used)) == [(CODE, "efa")]


@pytest.mark.parametrize(
    ("limits", "used"),
    [
        ({"cpu": "96"}, None),
        ({"cpu": "1000"}, {"cpu": "904"}),
        ({"nvidia.com/gpu": "16"}, {"nvidia.com/gpu": "8"}),
        ({}, {"cpu": "100000"}),
    ],
)
def test_room_for_one_more_node_is_room(
    limits: dict[str, str], used: dict[str, str] | None
) -> None:
    assert status(CODE, limited(limits, used)) == "pass"


def test_a_limit_counts_the_whole_node_and_not_the_pod() -> None:
    cluster = limited({"cpu": "95"})
    cluster.pod["spec"]["containers"][0]["resources"]["requests"]["cpu"] = "1"
    assert causes(cluster) == [(CODE, "efa")]


def test_raising_it_is_proved() -> None:
    plan = report(broken(nodepool_limits_exceeded)).plan
    assert plan is not None
    assert plan.verified is True


def test_an_existing_node_with_room_needs_no_limit() -> None:
    cluster = broken()
    cluster.pool["spec"]["limits"] = {"cpu": "1"}
    assert report(cluster).verdict.value == "schedulable"


def test_without_nodepools_it_cannot_be_told() -> None:
    cluster = broken(nodepool_limits_exceeded).unread_sources("cluster/nodepools.karpenter.sh")
    assert status(CODE, cluster) == "unknown"

"""EFA108: huge pages."""

import pytest
from clusters import EFA_NODE, Cluster, broken
from faults.pods import asking, bound_pod, hugepages_unavailable
from questions import causes, one, report, seen, status

CODE = "EFA108"
TWO, ONE = "hugepages-2Mi", "hugepages-1Gi"


def test_a_node_without_huge_pages_takes_no_pod_that_asks_for_them() -> None:
    assert causes(broken(hugepages_unavailable)) == [(CODE, "trainer")]
    finding = one(CODE, broken(hugepages_unavailable))
    assert seen(finding)[f"spec.containers[0].resources.limits.{TWO}"] == "5Gi"


def test_karpenter_knows_of_none() -> None:
    def before(cluster: Cluster) -> None:
        hugepages_unavailable(cluster)
        cluster.without_nodes_of_pool()

    assert causes(broken(before)) == [(CODE, "trainer")]
    finding = one(CODE, broken(before))
    assert "Karpenter" in finding.chain[0]
    assert "NodeOverlay" in str(finding.fixes[1].edits)


@pytest.mark.parametrize(("resource", "has"), [(TWO, "10256Mi"), (ONE, "8Gi")])
def test_a_node_that_has_enough_takes_the_pod(resource: str, has: str) -> None:
    def enough(cluster: Cluster) -> None:
        asking(cluster, resource, "5Gi")
        cluster.node["status"]["allocatable"][resource] = has

    assert report(broken(enough)).verdict.value == "schedulable"


@pytest.mark.parametrize("has", ["0", "4Gi"])
def test_a_node_with_too_few_does_not(has: str) -> None:
    def few(cluster: Cluster) -> None:
        hugepages_unavailable(cluster)
        cluster.node["status"]["allocatable"][TWO] = has

    assert causes(broken(few)) == [(CODE, "trainer")]


def test_pages_that_another_pod_has_are_missing_too() -> None:
    def taken(cluster: Cluster) -> None:
        hugepages_unavailable(cluster)
        cluster.node["status"]["allocatable"][TWO] = "8Gi"
        other = bound_pod("other", EFA_NODE)
        other["spec"]["containers"][0]["resources"] = {"limits": {TWO: "6Gi"}}
        cluster.add(other)

    assert causes(broken(taken)) == [(CODE, "trainer")]


def test_both_sizes_are_findings_of_their_own() -> None:
    def both(cluster: Cluster) -> None:
        asking(cluster, TWO, "5Gi")
        asking(cluster, ONE, "2Gi")

    assert [f.key for f in report(broken(both)).root_causes] == [ONE, TWO]


def test_asking_for_none_is_proved() -> None:
    plan = report(broken(hugepages_unavailable)).plan
    assert plan is not None
    assert plan.verified is True


def test_a_pod_that_asks_for_none_lacks_none() -> None:
    assert status(CODE, broken()) == "pass"


def test_without_nodes_it_cannot_be_told() -> None:
    cluster = broken(hugepages_unavailable).unread_sources("cluster/nodes")
    assert status(CODE, cluster) == "unknown"

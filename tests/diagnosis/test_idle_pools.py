"""A pool that admits the pod and makes nothing, beside a node that cannot take it."""

import pytest
from clusters import Cluster, Fault, broken
from faults.nodes import cordon
from faults.plugins import efa_devices_unhealthy
from faults.pods import toleration_missing
from questions import causes, report

PENDING_SINCE = "2026-11-20T09:59:00Z"


def cordoned(cluster: Cluster) -> None:
    """The pool has room for another node, so nothing of the pod's is in the way there."""
    cordon(cluster.node)


def unhealthy(cluster: Cluster) -> None:
    efa_devices_unhealthy(cluster)
    cluster.pool["spec"]["limits"] = {"cpu": "2000"}


def pending_lately(cluster: Cluster) -> None:
    cluster.pod["metadata"]["creationTimestamp"] = PENDING_SINCE


@pytest.mark.parametrize(("fault", "code"), [(cordoned, "EFA304"), (unhealthy, "EFA501")])
def test_what_keeps_a_node_from_the_pod_is_told_where_its_pool_makes_no_other(
    fault: Fault, code: str
) -> None:
    found = report(broken(fault))
    assert [f.code for f in found.root_causes] == [code]
    assert found.verdict.value == "blocked"


def test_a_pool_that_had_no_time_to_make_another_is_waited_for() -> None:
    found = report(broken(cordoned, pending_lately))
    assert (found.verdict.value, found.root_causes) == ("waiting", ())


def test_with_nothing_but_an_idle_pool_nobody_can_tell() -> None:
    found = report(broken(Cluster.without_nodes_of_pool))
    assert (found.verdict.value, found.root_causes) == ("unknown", ())
    assert "read the log of what scales it" in found.summary


def test_what_is_wrong_with_the_pod_is_wrong_with_an_idle_pool_as_well() -> None:
    assert [c for c, _ in causes(broken(cordoned, toleration_missing))] == ["EFA104"]

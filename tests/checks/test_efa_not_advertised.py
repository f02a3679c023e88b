"""EFA501: the plugin runs and the node advertises too few devices."""

from clusters import Cluster, Fault, broken
from faults.nodes import just_ready, node_launched_without_efa, second_node, without_efa
from faults.plugins import (
    efa_devices_unhealthy,
    efa_not_advertised,
    efa_plugin_taint_not_tolerated,
)
from questions import ask, causes, one, report, seen, status

CODE = "EFA501"
NODE = "ip-10-0-1-10.us-west-2.compute.internal"
ALLOCATABLE = 'status.allocatable["vpc.amazonaws.com/efa"]'
CAPACITY = 'status.capacity["vpc.amazonaws.com/efa"]'


def test_a_node_whose_running_plugin_advertises_nothing_is_named() -> None:
    finding = one(CODE, broken(efa_not_advertised))
    assert (finding.object.name, seen(finding)[ALLOCATABLE]) == (NODE, None)
    assert causes(broken(efa_not_advertised)) == [(CODE, NODE)]


def test_unhealthy_devices_show_as_more_capacity_than_allocatable() -> None:
    shown = seen(one(CODE, broken(efa_devices_unhealthy)))
    assert (shown[ALLOCATABLE], shown[CAPACITY]) == ("2", "32")


def test_its_fix_can_not_be_tried_and_says_why() -> None:
    (fix,) = report(broken(efa_not_advertised)).root_causes[0].fixes
    assert fix.verified is None
    assert fix.unprovable


def test_two_nodes_are_two_findings() -> None:
    def both(cluster: Cluster) -> None:
        other = second_node(cluster)
        efa_not_advertised(cluster)
        for amounts in ("capacity", "allocatable"):
            other["status"][amounts].pop("vpc.amazonaws.com/efa")

    assert [code for code, _ in causes(broken(both))] == [CODE, CODE]


def plugin_started(at: str) -> Fault:
    def fault(cluster: Cluster) -> None:
        efa_not_advertised(cluster)
        (found,) = cluster.plugin_pod(cluster.efa_plugin)["status"]["containerStatuses"]
        found["state"]["running"]["startedAt"] = at

    return fault


def test_a_young_node_and_a_young_plugin_are_waited_for() -> None:
    for cluster in (
        broken(efa_not_advertised, just_ready),
        broken(plugin_started("2026-11-20T09:59:00Z")),
    ):
        found = ask(CODE, cluster)
        assert (found.findings, len(found.awaited)) == ((), 1)
    assert report(broken(efa_not_advertised, just_ready)).verdict.value == "waiting"


def test_a_plugin_that_is_kept_off_or_has_nothing_to_find_is_not_blamed_twice() -> None:
    for fault in (efa_plugin_taint_not_tolerated, node_launched_without_efa):
        assert ask(CODE, broken(fault)).findings == ()


def test_a_node_beside_others_that_need_no_plugin_is_named() -> None:
    """No DaemonSet serves EFA, yet another node advertises it."""

    def built_in(cluster: Cluster) -> None:
        second_node(cluster)
        cluster.objects.remove(cluster.efa_plugin)
        without_efa(cluster)

    assert one(CODE, broken(built_in)).object.name == NODE


def test_a_healthy_cluster_gets_nothing_and_an_unread_one_no_verdict() -> None:
    assert status(CODE, broken()) == "pass"
    cluster = broken(efa_not_advertised).unread_sources("cluster/daemonsets.apps")
    assert status(CODE, cluster) == "unknown"

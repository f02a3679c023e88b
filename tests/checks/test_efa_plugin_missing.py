"""EFA401: no EFA device plugin."""

from clusters import EFA_TAINT, Cluster, broken
from faults.plugins import efa_plugin_missing, efa_plugin_taint_not_tolerated
from questions import ask, causes, one, report, seen, status

CODE = "EFA401"
EXPECTED = "aws-efa-k8s-device-plugin"


def test_a_cluster_without_the_plugin_lacks_just_that() -> None:
    assert causes(broken(efa_plugin_missing)) == [(CODE, EXPECTED)]
    finding = report(broken(efa_plugin_missing)).root_causes[0]
    assert str(finding.object) == f"DaemonSet/kube-system/{EXPECTED}"
    assert seen(finding)['status.allocatable["vpc.amazonaws.com/efa"]'] is None


def test_the_chart_is_installed_with_tolerations_for_the_nodes_it_must_reach() -> None:
    found = report(broken(efa_plugin_missing))
    (command,) = found.root_causes[0].fixes[0].commands
    assert EFA_TAINT["key"] in command
    assert found.plan is not None
    assert found.plan.verified is True


def test_it_is_missing_before_the_first_node_exists() -> None:
    def before(cluster: Cluster) -> None:
        efa_plugin_missing(cluster)
        cluster.without_nodes_of_pool()

    assert causes(broken(before)) == [(CODE, EXPECTED)]


def test_a_plugin_under_another_name_and_in_another_namespace_is_one() -> None:
    def renamed(cluster: Cluster) -> None:
        cluster.efa_plugin["metadata"] |= {"name": "efa", "namespace": "devices"}

    assert status(CODE, broken(renamed)) == "pass"


def test_one_that_is_there_and_kept_off_is_not_missing() -> None:
    assert status(CODE, broken(efa_plugin_taint_not_tolerated)) == "pass"


def test_nodes_of_auto_mode_come_with_the_plugin() -> None:
    def auto_mode(cluster: Cluster) -> None:
        efa_plugin_missing(cluster)
        cluster.without_nodes_of_pool()
        reference = {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"}
        cluster.pool["spec"]["template"]["spec"]["nodeClassRef"] = reference

    assert ask(CODE, broken(auto_mode)).findings == ()


def test_where_some_node_advertises_efa_something_else_serves_it() -> None:
    def served(cluster: Cluster) -> None:
        cluster.objects.remove(cluster.efa_plugin)

    assert status(CODE, broken(served)) == "pass"


def test_a_pod_that_asks_for_no_efa_does_not_need_it() -> None:
    def without_demand(cluster: Cluster) -> None:
        efa_plugin_missing(cluster)
        for amounts in cluster.pod["spec"]["containers"][0]["resources"].values():
            del amounts["vpc.amazonaws.com/efa"]

    assert status(CODE, broken(without_demand)) == "pass"


def test_without_daemonsets_it_cannot_tell() -> None:
    cluster = broken(efa_plugin_missing).unread_sources("cluster/daemonsets.apps")
    assert status(CODE, cluster) == "unknown"
    assert one(CODE, broken(efa_plugin_missing)).key == "vpc.amazonaws.com/efa"

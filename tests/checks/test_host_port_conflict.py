"""EFA113: host ports that are taken."""

from clusters import Cluster, broken
from faults.pods import host_port_conflict
from questions import causes, one, report, seen, status

CODE = "EFA113"


def test_the_port_and_its_holder_are_named() -> None:
    assert causes(broken(host_port_conflict)) == [(CODE, "trainer")]
    finding = one(CODE, broken(host_port_conflict))
    assert "ml/exporter" in finding.summary
    assert seen(finding)["spec.containers[0].ports[0]"]["hostPort"] == 8080


def test_doing_without_it_is_proved() -> None:
    plan = report(broken(host_port_conflict)).plan
    assert plan is not None
    assert plan.verified is True


def test_another_port_or_protocol_is_free() -> None:
    for change in ({"hostPort": 8081}, {"protocol": "UDP"}):
        cluster = broken(host_port_conflict)
        cluster.pod["spec"]["containers"][0]["ports"][0].update(change)
        assert status(CODE, cluster) == "pass"


def test_with_the_hosts_network_every_container_port_is_a_host_port() -> None:
    def host_network(cluster: Cluster) -> None:
        host_port_conflict(cluster)
        del cluster.pod["spec"]["containers"][0]["ports"][0]["hostPort"]
        cluster.pod["spec"]["hostNetwork"] = True

    finding = one(CODE, broken(host_network))
    assert seen(finding)["spec.hostNetwork"] is True
    plan = report(broken(host_network)).plan
    assert plan is not None
    assert plan.verified is True


def test_a_daemonset_would_have_the_port_on_a_new_node_too() -> None:
    def daemon(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        ports = [{"containerPort": 9100, "hostPort": 9100, "protocol": "TCP"}]
        cluster.efa_plugin["spec"]["template"]["spec"]["containers"][0]["ports"] = ports
        cluster.pod["spec"]["containers"][0]["ports"] = [dict(p) for p in ports]

    finding = one(CODE, broken(daemon))
    assert "DaemonSet" in finding.summary
    assert causes(broken(daemon)) == [(CODE, "trainer")]


def test_a_port_that_is_taken_on_other_nodes_only_is_free() -> None:
    cluster = broken(host_port_conflict)
    cluster.get("Pod", "exporter")["spec"]["nodeName"] = "ip-10-0-2-10.us-west-2.compute.internal"
    assert report(cluster).verdict.value == "schedulable"


def test_without_nodes_it_cannot_be_told() -> None:
    cluster = broken(host_port_conflict).unread_sources("cluster/nodes")
    assert status(CODE, cluster) == "unknown"

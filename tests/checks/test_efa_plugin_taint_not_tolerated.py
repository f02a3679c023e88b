"""EFA402: a taint keeps the EFA plugin off."""

from clusters import EFA_TAINT, Cluster, broken
from faults.nodes import second_node
from faults.plugins import (
    efa_plugin_taint_not_tolerated,
    efa_plugin_tolerates_nothing,
    gpu_plugin_taint_not_tolerated,
    spec_of,
)
from questions import ask, causes, one, report, seen, status

CODE = "EFA402"
PLUGIN = "aws-efa-k8s-device-plugin"


def test_the_taint_that_keeps_the_plugin_off_is_the_only_cause() -> None:
    finding = one(CODE, broken(efa_plugin_taint_not_tolerated))
    assert finding.object.name == PLUGIN
    assert seen(finding)["spec.taints[1]"]["key"] == EFA_TAINT["key"]
    assert causes(broken(efa_plugin_taint_not_tolerated)) == [(CODE, PLUGIN)]


def test_a_toleration_lets_it_run_and_advertise() -> None:
    found = report(broken(efa_plugin_taint_not_tolerated))
    assert found.plan is not None
    assert found.plan.verified is True
    assert [f.verified for f in found.root_causes[0].fixes] == [True]


def test_two_taints_on_one_pool_are_one_finding_with_one_fix() -> None:
    finding = one(CODE, broken(efa_plugin_tolerates_nothing))
    assert "nvidia.com/gpu" in finding.summary
    assert "vpc.amazonaws.com/efa" in finding.summary
    found = report(broken(efa_plugin_tolerates_nothing))
    assert [f.code for f in found.root_causes] == [CODE]
    assert found.plan is not None
    assert found.plan.verified is True


def test_a_plugin_without_any_toleration_gets_both() -> None:
    def bare(cluster: Cluster) -> None:
        efa_plugin_tolerates_nothing(cluster)
        del spec_of(cluster.efa_plugin)["tolerations"]

    found = report(broken(bare))
    assert found.plan is not None
    assert found.plan.verified is True


def test_it_is_kept_off_a_node_that_does_not_exist_yet() -> None:
    def before(cluster: Cluster) -> None:
        efa_plugin_taint_not_tolerated(cluster)
        cluster.without_nodes_of_pool()

    finding = one(CODE, broken(before))
    assert "spec.template.spec.taints[1]" in seen(finding)
    assert causes(broken(before)) == [(CODE, PLUGIN)]


def test_both_plugins_are_named() -> None:
    faults = (efa_plugin_taint_not_tolerated, gpu_plugin_taint_not_tolerated)
    assert [code for code, _ in causes(broken(*faults))] == [CODE, "EFA412"]


def test_one_taint_on_two_nodes_is_one_finding() -> None:
    def both(cluster: Cluster) -> None:
        other = second_node(cluster)
        efa_plugin_taint_not_tolerated(cluster)
        cluster.objects = [
            o
            for o in cluster.objects
            if not (
                o["kind"] == "Pod"
                and o["metadata"]["name"].startswith(PLUGIN)
                and o["spec"]["nodeName"] == other["metadata"]["name"]
            )
        ]
        for amounts in ("capacity", "allocatable"):
            other["status"][amounts].pop("vpc.amazonaws.com/efa")

    assert len(ask(CODE, broken(both)).findings) == 1


def test_a_second_plugin_that_runs_there_serves_the_node() -> None:
    def second_plugin(cluster: Cluster) -> None:
        efa_plugin_taint_not_tolerated(cluster)
        for amounts in ("capacity", "allocatable"):
            cluster.node["status"][amounts]["vpc.amazonaws.com/efa"] = "32"

    assert report(broken(second_plugin)).verdict.value == "schedulable"


def test_the_controller_s_own_tolerations_count() -> None:
    """A cordoned node still gets daemon pods."""

    def cordoned(cluster: Cluster) -> None:
        cluster.node["spec"]["taints"].append(
            {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
        )

    assert status(CODE, broken(cordoned)) == "pass"


def test_a_taint_that_only_prefers_keeps_no_daemon_off() -> None:
    def preferred(cluster: Cluster) -> None:
        efa_plugin_taint_not_tolerated(cluster)
        for things in (cluster.node["spec"], cluster.pool["spec"]["template"]["spec"]):
            things["taints"][1]["effect"] = "PreferNoSchedule"

    assert ask(CODE, broken(preferred)).findings == ()


def test_without_daemonsets_it_cannot_tell() -> None:
    cluster = broken(efa_plugin_taint_not_tolerated).unread_sources("cluster/daemonsets.apps")
    assert status(CODE, cluster) == "unknown"

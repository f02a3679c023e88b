"""EFA412: a taint keeps the NVIDIA plugin off."""

from clusters import Cluster, broken
from faults.plugins import gpu_plugin_taint_not_tolerated
from questions import causes, one, report, seen, status

CODE = "EFA412"
PLUGIN = "nvidia-device-plugin-daemonset"


def test_the_taint_that_keeps_the_plugin_off_is_the_only_cause() -> None:
    finding = one(CODE, broken(gpu_plugin_taint_not_tolerated))
    assert finding.object.name == PLUGIN
    assert 'status.allocatable["nvidia.com/gpu"]' in seen(finding)
    assert causes(broken(gpu_plugin_taint_not_tolerated)) == [(CODE, PLUGIN)]


def test_a_toleration_lets_it_run_and_advertise() -> None:
    found = report(broken(gpu_plugin_taint_not_tolerated))
    assert found.plan is not None
    assert found.plan.verified is True


def test_the_operator_s_plugin_is_changed_through_its_policy() -> None:
    def operated(cluster: Cluster) -> None:
        gpu_plugin_taint_not_tolerated(cluster)
        owner = {"kind": "ClusterPolicy", "name": "cluster-policy", "apiVersion": "nvidia.com/v1"}
        cluster.gpu_plugin["metadata"]["ownerReferences"] = [owner]

    (fix,) = report(broken(operated)).root_causes[0].fixes
    assert fix.commands[0].startswith("kubectl patch clusterpolicies.nvidia.com/cluster-policy")
    assert fix.verified is True


def test_a_healthy_cluster_gets_nothing_and_an_unread_one_no_verdict() -> None:
    assert status(CODE, broken()) == "pass"
    cluster = broken(gpu_plugin_taint_not_tolerated).unread_sources("cluster/daemonsets.apps")
    assert status(CODE, cluster) == "unknown"

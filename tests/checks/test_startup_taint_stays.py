"""EFA302: a startup taint that its owner should have removed."""

import pytest
from clusters import Cluster, Fault, broken
from faults.nodes import (
    AGENT_TAINT,
    just_ready,
    node_not_ready,
    pool_at_its_limit,
    startup_taint_stays,
    undeclared_agent_taint,
)
from faults.plugins import spec_of
from questions import ask, causes, one, report, seen, status

CODE = "EFA302"
NODE = "ip-10-0-1-10.us-west-2.compute.internal"


@pytest.mark.parametrize("fault", [startup_taint_stays, undeclared_agent_taint])
def test_a_taint_that_nobody_removes_is_the_only_cause(fault: Fault) -> None:
    assert causes(broken(fault)) == [(CODE, NODE)]
    found = report(broken(fault))
    assert found.plan is not None
    assert found.plan.verified is True


def test_the_taint_and_its_declaration_are_shown() -> None:
    shown = seen(one(CODE, broken(startup_taint_stays)))
    assert shown["spec.taints[2]"]["key"] == AGENT_TAINT["key"]
    assert shown["spec.template.spec.startupTaints[0]"]["key"] == AGENT_TAINT["key"]


def test_one_that_the_pool_does_not_declare_is_to_be_declared() -> None:
    finding = one(CODE, broken(undeclared_agent_taint))
    assert seen(finding)["spec.template.spec.startupTaints"] is None
    assert "Declare" in finding.fixes[1].title


def test_its_owner_has_five_minutes_from_when_the_node_is_ready() -> None:
    found = ask(CODE, broken(startup_taint_stays, just_ready))
    assert found.findings == ()
    assert [a.since for a in found.awaited] == ["2026-11-20T09:59:00Z"]
    assert report(broken(startup_taint_stays, just_ready)).verdict.value == "waiting"


def test_a_node_that_is_not_ready_is_another_check_s_business() -> None:
    assert ask(CODE, broken(startup_taint_stays, node_not_ready)).findings == ()


def test_a_pod_that_tolerates_it_is_not_kept_off() -> None:
    def tolerated(cluster: Cluster) -> None:
        cluster.pod["spec"]["tolerations"].append({"operator": "Exists"})

    assert status(CODE, broken(startup_taint_stays, tolerated)) == "pass"


def test_a_plugin_that_it_keeps_off_is_a_consequence() -> None:
    """The pod tolerates everything, the plugin it needs does not."""

    def plugin_kept_off(cluster: Cluster) -> None:
        cluster.pod["spec"]["tolerations"].append({"operator": "Exists"})
        assert "tolerations" in spec_of(cluster.efa_plugin)
        cluster.drop_plugin_pod(cluster.efa_plugin, "vpc.amazonaws.com/efa")

    assert causes(broken(startup_taint_stays, plugin_kept_off)) == [(CODE, NODE)]


def test_a_taint_of_the_pool_itself_is_not_a_startup_taint() -> None:
    def plain(cluster: Cluster) -> None:
        cluster.node["spec"]["taints"].append({"key": "team", "effect": "NoSchedule"})

    assert status(CODE, broken(plain)) == "pass"


def test_without_nodes_it_cannot_tell() -> None:
    cluster = broken(startup_taint_stays).unread_sources("cluster/nodes")
    assert status(CODE, cluster) == "unknown"


def test_a_taint_that_only_the_pool_declares_is_no_missing_toleration() -> None:
    """The NodeClaims were not read, and the key says nothing."""

    def by_pool(cluster: Cluster) -> None:
        taint = {"key": "example.com/wait", "effect": "NoSchedule"}
        cluster.node["spec"]["taints"].append(dict(taint))
        cluster.pool["spec"]["template"]["spec"]["startupTaints"] = [dict(taint)]
        pool_at_its_limit(cluster)

    cluster = broken(by_pool).unread_sources("cluster/nodeclaims.karpenter.sh")
    assert causes(cluster) == [(CODE, NODE)]


def uninitialized(cluster: Cluster) -> None:
    taint = {"key": "node.cloudprovider.kubernetes.io/uninitialized", "value": "true"}
    cluster.node["spec"]["taints"].append(taint | {"effect": "NoSchedule"})


def test_the_taint_of_the_cloud_provider_stays_on_a_node_that_is_ready() -> None:
    finding = one(CODE, broken(uninitialized))
    assert causes(broken(uninitialized, pool_at_its_limit)) == [(CODE, NODE)]
    assert len(finding.fixes) == 1, "no NodePool has it to declare"


def test_on_a_node_that_is_not_ready_that_taint_is_a_consequence() -> None:
    assert causes(broken(uninitialized, node_not_ready)) == [("EFA303", NODE)]

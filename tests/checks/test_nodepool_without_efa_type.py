"""EFA205: NodePools whose types have not enough."""

import pytest
from clusters import OTHER_ZONE, ZONE, Cluster, Fault, broken
from faults import plugins
from faults.pods import EFA, GPU, asking
from faults.provisioning import (
    nodeclass_without_efa_interface,
    nodepool_without_efa_type,
    requiring,
)
from incidents.states import offered_in
from questions import ask, causes, one, report, seen, status

CODE = "EFA205"
TYPE = "node.kubernetes.io/instance-type"


def only(type_: str, **amounts: str | None) -> Cluster:
    names = {"efa": EFA, "gpu": GPU}

    def fault(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        kept = [
            r
            for r in cluster.pool["spec"]["template"]["spec"]["requirements"]
            if "category" not in r["key"]
        ]
        cluster.pool["spec"]["template"]["spec"]["requirements"] = kept
        requiring(cluster, TYPE, type_)
        for name, amount in amounts.items():
            asking(cluster, names.get(name, name), amount)

    return broken(fault)


def test_a_pool_of_small_gpu_types_has_not_enough() -> None:
    assert causes(broken(nodepool_without_efa_type)) == [(CODE, "efa")]
    finding = one(CODE, broken(nodepool_without_efa_type))
    assert "4 vpc.amazonaws.com/efa asked for, 1 at most (g5.8xlarge)" in finding.summary
    assert any(field.startswith("spec.template.spec.requirements[") for field in seen(finding))


@pytest.mark.parametrize(
    ("type_", "amounts"),
    [
        ("g5.8xlarge", {"gpu": "1", "efa": "2"}),
        ("p4d.24xlarge", {"efa": "8"}),
        ("p4d.24xlarge", {"cpu": "100"}),
        ("p4d.24xlarge", {"memory": "1500Gi"}),
        ("m7i.2xlarge", {"gpu": None, "efa": "1"}),
    ],
)
def test_what_another_type_has_is_the_pools_fault(
    type_: str, amounts: dict[str, str | None]
) -> None:
    assert [c for c, _ in causes(only(type_, **amounts))] == [CODE]


@pytest.mark.parametrize(
    ("type_", "amounts"),
    [
        ("p4d.24xlarge", {"efa": "4"}),
        ("p5.48xlarge", {"efa": "32"}),
        ("g5.8xlarge", {"gpu": "1", "efa": "1"}),
    ],
)
def test_a_type_that_has_enough_is_enough(type_: str, amounts: dict[str, str | None]) -> None:
    assert status(CODE, only(type_, **amounts)) == "pass"


def test_letting_a_fitting_type_in_is_proved() -> None:
    found = report(broken(nodepool_without_efa_type))
    assert found.plan is not None
    assert found.plan.verified is True
    assert "p4d.24xlarge" in found.root_causes[0].fixes[0].title


@pytest.mark.parametrize(
    ("behind", "code"),
    [
        (plugins.efa_plugin_missing, "EFA401"),
        (plugins.efa_plugin_taint_not_tolerated, "EFA402"),
        (plugins.efa_plugin_wants_a_label, "EFA403"),
        (plugins.gpu_plugin_taint_not_tolerated, "EFA412"),
        (plugins.gpu_plugin_waits_for_label, "EFA413"),
    ],
)
def test_what_keeps_a_plugin_off_such_a_pool_is_seen_behind_it(behind: Fault, code: str) -> None:
    """The type that is let in would not be served either."""
    found = report(broken(behind, nodepool_without_efa_type))
    assert [f.code for f in found.root_causes] == [CODE, code]
    assert found.plan is not None
    assert found.plan.verified is True


def test_a_limit_that_the_type_to_let_in_exceeds_is_seen_behind_it() -> None:
    def small(cluster: Cluster) -> None:
        nodepool_without_efa_type(cluster)
        cluster.pool["spec"]["limits"] = {"cpu": "64"}

    assert [c for c, _ in causes(broken(small))] == [CODE, "EFA206"]


def test_a_limit_that_some_type_to_let_in_stays_within_is_in_nobodys_way() -> None:
    def large(cluster: Cluster) -> None:
        nodepool_without_efa_type(cluster)
        cluster.pool["spec"]["limits"] = {"cpu": "288"}

    assert [c for c, _ in causes(broken(large))] == [CODE]


def test_no_type_is_let_in_that_the_pools_zones_do_not_offer() -> None:
    def one_zone(cluster: Cluster) -> None:
        nodepool_without_efa_type(cluster)
        requiring(cluster, "topology.kubernetes.io/zone", ZONE)
        offered_in(cluster, "p4d.24xlarge", OTHER_ZONE)

    titles = [fix.title for fix in one(CODE, broken(one_zone)).fixes]
    assert "p5.48xlarge" in titles[0]
    assert not any("p4d.24xlarge" in title for title in titles)


def test_asking_for_less_is_the_other_way() -> None:
    finding = one(CODE, only("p4d.24xlarge", efa="8"))
    assert "Ask for 4" in finding.fixes[1].title


def test_what_no_type_has_is_the_pods_fault() -> None:
    assert causes(only("p5.48xlarge", efa="33")) == [("EFA107", "trainer")]


def test_a_nodeclass_that_lists_no_efa_is_the_cause() -> None:
    assert len(ask(CODE, broken(nodeclass_without_efa_interface)).findings) == 1
    assert [c for c, _ in causes(broken(nodeclass_without_efa_interface))] == ["EFA211"]


def test_without_nodepools_it_cannot_be_told() -> None:
    cluster = broken(nodepool_without_efa_type).unread_sources("cluster/nodepools.karpenter.sh")
    assert status(CODE, cluster) == "unknown"

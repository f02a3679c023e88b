"""EFA211: NodeClasses that list their interfaces."""

from clusters import Cluster, broken
from faults.pods import asking
from faults.provisioning import nodeclass_without_efa_interface
from questions import causes, one, report, seen, status

CODE = "EFA211"


def listing(*kinds: str) -> Cluster:
    def fault(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        cluster.nodeclass["spec"]["networkInterfaces"] = [
            {
                "networkCardIndex": card,
                "deviceIndex": int(card == 0 and kind == "efa-only"),
                "interfaceType": kind,
            }
            for card, kind in enumerate(kinds)
        ]

    return broken(fault)


def test_a_list_without_efa_leaves_none() -> None:
    assert causes(broken(nodeclass_without_efa_interface)) == [(CODE, "efa")]
    finding = one(CODE, broken(nodeclass_without_efa_interface))
    assert finding.object.kind == "EC2NodeClass"
    assert seen(finding)["spec.networkInterfaces"][0]["networkCardIndex"] == 0


def test_taking_the_list_away_is_proved() -> None:
    found = report(broken(nodeclass_without_efa_interface))
    assert found.plan is not None
    assert found.plan.verified is True
    assert all(f.verified for f in found.root_causes[0].fixes)


def test_fewer_than_the_pod_asks_for_are_too_few() -> None:
    cluster = listing("interface", "efa-only", "efa-only")
    assert "only 2" in one(CODE, cluster).summary
    assert causes(cluster) == [(CODE, "efa")]


def test_enough_are_enough() -> None:
    assert status(CODE, listing("interface", *["efa-only"] * 4)) == "pass"


def test_without_a_list_karpenter_attaches_what_the_type_has() -> None:
    assert status(CODE, broken(Cluster.without_nodes_of_pool)) == "pass"


def test_a_pod_that_asks_for_no_efa_needs_none() -> None:
    cluster = broken(nodeclass_without_efa_interface)
    asking(cluster, "vpc.amazonaws.com/efa", None)
    assert status(CODE, cluster) == "pass"


def test_without_nodeclasses_it_cannot_be_told() -> None:
    cluster = broken(nodeclass_without_efa_interface)
    cluster.unread_sources("cluster/ec2nodeclasses.karpenter.k8s.aws")
    assert status(CODE, cluster) == "unknown"

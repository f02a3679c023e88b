"""EFA604: peers that EFA cannot reach."""

import pytest
from clusters import EFA_NODE, OTHER_ZONE, ZONE, Cluster, broken
from faults import network
from faults.network import OTHER_INSTANCE, OTHER_NODE, bound_peer, instance_of
from questions import ask, one, report, seen, status

CODE = "EFA604"
ZONE_LABEL = 'metadata.labels["topology.kubernetes.io/zone"]'
TYPE_LABEL = 'metadata.labels["node.kubernetes.io/instance-type"]'


def runs(cluster: Cluster) -> None:
    """The trainer is bound to the EFA node."""
    cluster.pod["spec"]["nodeName"] = EFA_NODE


def of_types(ours: str, theirs: str) -> Cluster:
    def apart(cluster: Cluster) -> None:
        bound_peer(cluster, type_=theirs)
        runs(cluster)
        cluster.node["metadata"]["labels"]["node.kubernetes.io/instance-type"] = ours

    return broken(apart)


def test_peers_in_two_zones_are_named_with_both_zones() -> None:
    def apart(cluster: Cluster) -> None:
        bound_peer(cluster, zone=OTHER_ZONE)
        runs(cluster)

    finding = one(CODE, broken(apart))
    assert finding.object.name == "trainer"
    assert [(e.object.name, e.value) for e in finding.evidence] == [
        (EFA_NODE, ZONE),
        (OTHER_NODE, OTHER_ZONE),
    ]
    assert ZONE_LABEL in seen(finding)
    assert [f.code for f in report(broken(apart)).warnings] == [CODE]


def test_a_pending_pod_that_can_only_get_another_zone_is_warned() -> None:
    assert status(CODE, broken(network.fabric_split)) == "warn"


def test_a_pending_pod_that_could_join_its_peers_is_not() -> None:
    def free(cluster: Cluster) -> None:
        peer = bound_peer(cluster, zone=OTHER_ZONE)
        few = {"vpc.amazonaws.com/efa": "1"}
        peer["spec"]["containers"][0]["resources"] = {"limits": few}

    assert status(CODE, broken(free)) == "pass"


def test_a_node_that_its_peers_fill_is_none_that_a_pending_pod_gets() -> None:
    """The scheduler would put it on the free node, in the other zone."""

    def full(cluster: Cluster) -> None:
        bound_peer(cluster, zone=OTHER_ZONE)  # with all eight GPUs

    found = report(broken(full))
    assert (found.verdict.value, [f.code for f in found.warnings]) == ("schedulable", [CODE])


def test_subnets_of_one_zone_do_not_split_the_fabric() -> None:
    def other_subnet(cluster: Cluster) -> None:
        bound_peer(cluster)
        runs(cluster)
        instance_of(cluster, OTHER_INSTANCE)["SubnetId"] = "subnet-0c"

    assert status(CODE, broken(other_subnet)) == "pass"


def test_peers_in_two_vpcs_are_named() -> None:
    def other_vpc(cluster: Cluster) -> None:
        bound_peer(cluster)
        runs(cluster)
        instance_of(cluster, OTHER_INSTANCE)["VpcId"] = "vpc-0b"

    assert [e.value for e in one(CODE, broken(other_vpc)).evidence] == ["vpc-0a", "vpc-0b"]


@pytest.mark.parametrize(
    ("ours", "theirs", "split"),
    [
        ("p4d.24xlarge", "p5.48xlarge", True),
        ("p5.48xlarge", "p4de.24xlarge", True),
        ("dl1.24xlarge", "g5.8xlarge", True),
        ("p4d.24xlarge", "p4de.24xlarge", False),
        ("p5.48xlarge", "p5en.48xlarge", False),
        ("g5.8xlarge", "p5.48xlarge", False),
    ],
)
def test_p4d_p4de_and_dl1_talk_to_no_other_type(ours: str, theirs: str, *, split: bool) -> None:
    found = ask(CODE, of_types(ours, theirs)).findings
    assert [seen(f)[TYPE_LABEL] for f in found] == ([theirs] if split else [])


def test_a_peer_without_efa_may_be_anywhere() -> None:
    def launcher(cluster: Cluster) -> None:
        bound_peer(cluster, zone=OTHER_ZONE)["spec"]["containers"][0]["resources"] = {}
        runs(cluster)

    assert status(CODE, broken(launcher)) == "pass"


def test_a_healthy_cluster_gets_nothing_and_unread_nodes_no_verdict() -> None:
    assert status(CODE, broken(bound_peer, runs)) == "pass"
    assert status(CODE, broken(network.fabric_split).unread_sources("cluster/nodes")) == "unknown"

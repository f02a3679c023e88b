"""EFA603: groups that peers do not share."""

import pytest
from clusters import CLUSTER_SG, NODE_SG, Cluster, broken
from faults import network
from faults.network import OTHER_INSTANCE, OTHER_SG, add_group, all_traffic, carry, group
from mending import left_after_fix
from questions import ask, one, report, seen, status

CODE = "EFA603"


def test_nodes_whose_groups_only_know_themselves_are_named() -> None:
    finding = one(CODE, broken(network.sg_not_shared))
    assert finding.object.name == NODE_SG
    assert {tuple(e.value) for e in finding.evidence} == {(NODE_SG,), (OTHER_SG,)}


def test_each_node_is_right_by_itself() -> None:
    found = report(broken(network.sg_not_shared))
    assert [f.code for f in found.warnings] == [CODE]


def test_rules_that_introduce_the_groups_to_each_other_remove_it() -> None:
    assert left_after_fix(CODE, broken(network.sg_not_shared), 1) == 0


def test_one_common_group_that_allows_itself_is_enough() -> None:
    def common(cluster: Cluster) -> None:
        network.sg_not_shared(cluster)
        carry(cluster, [OTHER_SG, NODE_SG], on=OTHER_INSTANCE)

    assert status(CODE, broken(common)) == "pass"


def test_a_common_group_without_the_rules_is_not() -> None:
    def common(cluster: Cluster) -> None:
        network.sg_not_shared(cluster)
        del group(cluster, CLUSTER_SG)["IpPermissionsEgress"][1:]
        network.everywhere(cluster, NODE_SG, CLUSTER_SG)
        carry(cluster, [OTHER_SG, CLUSTER_SG], on=OTHER_INSTANCE)

    assert one(CODE, broken(common)).object.name == NODE_SG


def test_where_the_common_group_lacks_a_rule_only_the_rule_is_missing() -> None:
    def common(cluster: Cluster) -> None:
        network.bound_peer(cluster)
        network.sg_egress_self_missing(cluster)

    cluster = broken(common)
    assert status(CODE, cluster) == "pass"
    assert status("EFA601", cluster) == "warn"


def test_groups_that_name_each_other_both_ways_are_taken_for_enough() -> None:
    def introduced(cluster: Cluster) -> None:
        network.sg_not_shared(cluster)
        for one_, other in ((NODE_SG, OTHER_SG), (OTHER_SG, NODE_SG)):
            for field in ("IpPermissions", "IpPermissionsEgress"):
                group(cluster, one_)[field].append(all_traffic(other))

    assert status(CODE, broken(introduced)) == "pass"


def test_groups_that_name_each_other_one_way_are_not() -> None:
    def half(cluster: Cluster) -> None:
        network.sg_not_shared(cluster)
        group(cluster)["IpPermissionsEgress"].append(all_traffic(OTHER_SG))

    assert status(CODE, broken(half)) == "warn"


def test_a_network_card_that_lacks_the_group_is_named() -> None:
    def left_out(cluster: Cluster) -> None:
        add_group(cluster)
        carry(cluster, [OTHER_SG], 5)

    finding = one(CODE, broken(left_out))
    assert finding.object.name == NODE_SG
    assert seen(finding)["NetworkInterfaces[5].Groups"] == [OTHER_SG]


def test_a_peer_without_efa_is_no_peer() -> None:
    def launcher(cluster: Cluster) -> None:
        network.sg_not_shared(cluster)
        cluster.get("Pod", "trainer-1")["spec"]["containers"][0]["resources"] = {}

    assert status(CODE, broken(launcher)) == "pass"


def test_a_peer_that_has_ended_is_no_peer() -> None:
    def ended(cluster: Cluster) -> None:
        network.sg_not_shared(cluster)
        cluster.get("Pod", "trainer-1")["status"]["phase"] = "Failed"

    assert status(CODE, broken(ended)) == "pass"


def test_pods_of_another_leader_worker_group_are_no_peers() -> None:
    def two_groups(cluster: Cluster) -> None:
        network.sg_not_shared(cluster)
        for name, index in (("trainer", "0"), ("trainer-1", "1")):
            pod = cluster.get("Pod", name)
            pod["metadata"]["labels"] = {"leaderworkerset.sigs.k8s.io/group-index": index}

    assert status(CODE, broken(two_groups)) == "pass"


@pytest.mark.parametrize("unread", [NODE_SG, OTHER_SG])
def test_of_a_pair_of_which_one_group_was_not_read_nothing_is_said(unread: str) -> None:
    def in_part(cluster: Cluster) -> None:
        network.sg_not_shared(cluster)
        groups = cluster.aws["aws/ec2/describe-security-groups"]
        groups[:] = [g for g in groups if g["GroupId"] != unread]

    assert ask(CODE, broken(in_part)).findings == ()


def test_a_healthy_cluster_gets_nothing_and_unread_groups_no_verdict() -> None:
    assert ask(CODE, broken(network.bound_peer)).findings == ()
    unread = broken(network.sg_not_shared).unread_sources("aws/ec2/describe-security-groups")
    assert status(CODE, unread) == "unknown"

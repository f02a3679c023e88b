"""EFA601: egress to itself."""

import pytest
from clusters import CLUSTER_SG, NODE_SG, Cluster, broken
from faults import network
from faults.network import (
    OTHER_SG,
    add_group,
    all_traffic,
    carry,
    everywhere,
    group,
    sg_egress_self_missing,
)
from mending import left_after_fix
from questions import ask, one, report, seen, status

CODE = "EFA601"


def test_a_group_open_to_every_address_but_not_to_itself_is_named() -> None:
    finding = one(CODE, broken(sg_egress_self_missing))
    assert finding.object.name == NODE_SG
    evidence = seen(finding)
    assert evidence["IpPermissionsEgress"][0]["IpRanges"][0] == {"CidrIp": "0.0.0.0/0"}
    assert "0.0.0.0/0" in finding.evidence[0].note
    assert evidence["NetworkInterfaces[0].Groups"] == [NODE_SG]


def test_it_is_a_warning_and_its_fix_removes_it() -> None:
    found = report(broken(sg_egress_self_missing))
    assert (found.verdict.value, found.root_causes) == ("schedulable", ())
    (warning,) = found.warnings
    (fix,) = warning.fixes
    assert left_after_fix(CODE, broken(sg_egress_self_missing)) == 0
    assert "authorize-security-group-egress" in fix.commands[0]


@pytest.mark.parametrize("protocol", ["tcp", "udp", "6"])
def test_a_rule_to_itself_for_one_protocol_only_does_not_count(protocol: str) -> None:
    def partly(cluster: Cluster) -> None:
        group(cluster)["IpPermissionsEgress"][1]["IpProtocol"] = protocol

    assert protocol in one(CODE, broken(partly)).evidence[0].note


def test_a_rule_to_another_group_does_not_count() -> None:
    def astray(cluster: Cluster) -> None:
        group(cluster)["IpPermissionsEgress"][1] = all_traffic(CLUSTER_SG)

    assert one(CODE, broken(astray)).object.name == NODE_SG


def test_a_rule_in_a_second_group_on_every_interface_is_enough() -> None:
    def second(cluster: Cluster) -> None:
        sg_egress_self_missing(cluster)
        add_group(cluster)
        everywhere(cluster, NODE_SG, OTHER_SG)

    assert status(CODE, broken(second)) == "pass"


def test_a_second_group_that_is_on_no_efa_interface_is_not() -> None:
    def elsewhere(cluster: Cluster) -> None:
        sg_egress_self_missing(cluster)
        add_group(cluster)

    assert status(CODE, broken(elsewhere)) == "warn"


def test_before_the_first_node_the_groups_of_the_nodeclass_count() -> None:
    cluster = broken(sg_egress_self_missing, Cluster.without_nodes_of_pool)
    assert seen(one(CODE, cluster))["status.securityGroups"] == [NODE_SG]


def test_where_ec2_did_not_show_the_instance_the_nodeclass_tells_its_groups() -> None:
    cluster = broken(sg_egress_self_missing).unread_sources("aws/ec2/describe-instances")
    assert "status.securityGroups" in seen(one(CODE, cluster))


def test_every_node_of_a_class_counts_not_only_its_first() -> None:
    def second_is_wrong(cluster: Cluster) -> None:
        network.bound_peer(cluster)
        cluster.objects = [o for o in cluster.objects if o["metadata"]["name"] != "trainer-1"]
        del add_group(cluster)["IpPermissionsEgress"][1:]
        carry(cluster, [OTHER_SG], on=network.OTHER_INSTANCE)

    assert one(CODE, broken(second_is_wrong)).object.name == OTHER_SG


def test_the_group_of_the_cluster_is_left_alone_where_the_workers_have_their_own() -> None:
    def both(cluster: Cluster) -> None:
        sg_egress_self_missing(cluster)
        del group(cluster, CLUSTER_SG)["IpPermissionsEgress"][1:]
        everywhere(cluster, NODE_SG, CLUSTER_SG)

    assert one(CODE, broken(both)).object.name == NODE_SG


def test_a_pod_that_asks_for_no_efa_is_not_warned() -> None:
    def plain(cluster: Cluster) -> None:
        sg_egress_self_missing(cluster)
        amounts = cluster.pod["spec"]["containers"][0]["resources"]
        amounts["limits"].pop("vpc.amazonaws.com/efa")
        amounts["requests"].pop("vpc.amazonaws.com/efa")

    assert status(CODE, broken(plain)) == "pass"


def test_a_pod_that_claims_efa_devices_is() -> None:
    def claims(cluster: Cluster) -> None:
        sg_egress_self_missing(cluster)
        main = cluster.pod["spec"]["containers"][0]
        main["resources"] = {"claims": [{"name": "efa"}]}
        cluster.pod["spec"]["resourceClaims"] = [{"name": "efa", "resourceClaimName": "nics"}]
        request = {"name": "nic", "exactly": {"deviceClassName": "efa.networking.k8s.aws"}}
        cluster.add(
            {
                "apiVersion": "resource.k8s.io/v1",
                "kind": "ResourceClaim",
                "metadata": {"name": "nics", "namespace": "ml"},
                "spec": {"devices": {"requests": [request]}},
            }
        )

    assert NODE_SG in {f.object.name for f in ask(CODE, broken(claims)).findings}


def test_a_group_that_was_not_read_is_not_guessed_at() -> None:
    def unseen(cluster: Cluster) -> None:
        cluster.aws["aws/ec2/describe-security-groups"] = [group(cluster, CLUSTER_SG)]

    assert ask(CODE, broken(unseen)).findings == ()


def test_a_healthy_cluster_gets_nothing_and_unread_groups_no_verdict() -> None:
    assert status(CODE, broken()) == "pass"
    unread = broken(sg_egress_self_missing).unread_sources("aws/ec2/describe-security-groups")
    assert status(CODE, unread) == "unknown"

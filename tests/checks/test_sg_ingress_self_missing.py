"""EFA602: ingress from itself."""

from clusters import NODE_SG, Cluster, broken
from faults.network import (
    OTHER_SG,
    add_group,
    carry,
    everywhere,
    group,
    sg_egress_self_missing,
    sg_ingress_self_missing,
)
from mending import left_after_fix
from questions import ask, one, report, seen, status

CODE = "EFA602"


def test_a_group_that_lets_nothing_in_from_itself_is_named() -> None:
    finding = one(CODE, broken(sg_ingress_self_missing))
    assert finding.object.name == NODE_SG
    assert seen(finding)["IpPermissions"] is None
    assert finding.evidence[0].expected["UserIdGroupPairs"] == [{"GroupId": NODE_SG}]


def test_its_fix_removes_it() -> None:
    assert left_after_fix(CODE, broken(sg_ingress_self_missing)) == 0


def test_a_rule_for_ipv6_addresses_does_not_count() -> None:
    def six(cluster: Cluster) -> None:
        rule = {"IpProtocol": "-1", "UserIdGroupPairs": [], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
        group(cluster)["IpPermissions"] = [rule]

    assert "::/0" in one(CODE, broken(six)).evidence[0].note


def test_a_group_that_lacks_both_rules_gets_one_warning_for_each() -> None:
    found = report(broken(sg_ingress_self_missing, sg_egress_self_missing))
    assert [f.code for f in found.warnings] == ["EFA601", CODE]
    assert len({f.fingerprint for f in found.warnings}) == 2


def test_an_interface_left_out_of_a_good_group_is_another_matter() -> None:
    def left_out(cluster: Cluster) -> None:
        add_group(cluster)["IpPermissions"].clear()
        carry(cluster, [OTHER_SG], 3)

    cluster = broken(left_out)
    assert status(CODE, cluster) == "pass"
    assert ask("EFA603", cluster).findings


def test_rules_of_two_groups_on_one_interface_add_up() -> None:
    def shared_out(cluster: Cluster) -> None:
        sg_ingress_self_missing(cluster)
        del add_group(cluster)["IpPermissionsEgress"][:]
        everywhere(cluster, NODE_SG, OTHER_SG)

    assert status(CODE, broken(shared_out)) == "pass"
    assert status("EFA601", broken(shared_out)) == "pass"


def test_a_healthy_cluster_gets_nothing_and_unread_groups_no_verdict() -> None:
    assert status(CODE, broken()) == "pass"
    unread = broken(sg_ingress_self_missing).unread_sources("aws/ec2/describe-security-groups")
    assert status(CODE, unread) == "unknown"

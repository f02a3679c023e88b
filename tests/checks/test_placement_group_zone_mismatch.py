"""EFA704: a group in a zone where the nodes may not be."""

from clusters import OTHER_ZONE, ZONE, Cluster, broken
from faults import placement
from faults.placement import (
    GROUP,
    add_group,
    add_instance,
    add_reservation,
    make_room,
    names,
    zones,
)
from faults.provisioning import capacity_unavailable
from mending import left_after_fix
from questions import causes, one, report, seen, status

CODE = "EFA704"


def named_group(cluster: Cluster) -> None:
    make_room(cluster)
    add_group(cluster)
    names(cluster)


def test_a_group_whose_instances_are_in_another_zone_is_named() -> None:
    finding = one(CODE, broken(placement.placement_group_zone_mismatch))
    assert finding.object.name == GROUP
    evidence = seen(finding)
    assert evidence["Placement.AvailabilityZone"] == OTHER_ZONE
    assert evidence["spec.template.spec.requirements[2]"]["values"] == (ZONE,)


def test_it_is_the_root_cause_and_letting_the_pool_in_there_is_enough() -> None:
    found = report(broken(placement.placement_group_zone_mismatch))
    assert found.verdict.value == "blocked"
    assert [(f.code, f.object.name) for f in found.root_causes] == [(CODE, GROUP)]
    assert found.plan is not None
    assert found.plan.verified is True


def test_the_insufficient_capacity_that_follows_is_not_blamed() -> None:
    cluster = broken(capacity_unavailable, placement.placement_group_zone_mismatch)
    assert status("EFA208", cluster) == "fail"
    assert causes(cluster) == [(CODE, GROUP)]


def test_a_group_that_nothing_is_in_fits_any_zone() -> None:
    assert status(CODE, broken(named_group)) == "pass"


def test_a_reservation_in_the_group_tells_its_zone_too() -> None:
    def reserved(cluster: Cluster) -> None:
        named_group(cluster)
        add_reservation(cluster, GROUP, zone=OTHER_ZONE)

    assert seen(one(CODE, broken(reserved)))["AvailabilityZone"] == OTHER_ZONE


def test_an_instance_in_the_pools_zone_is_right() -> None:
    def same(cluster: Cluster) -> None:
        named_group(cluster)
        add_instance(cluster, ZONE)

    assert status(CODE, broken(same)) == "pass"


def test_one_of_several_zones_is_enough() -> None:
    def wider(cluster: Cluster) -> None:
        placement.placement_group_zone_mismatch(cluster)
        zones(cluster, ZONE, OTHER_ZONE)

    assert status(CODE, broken(wider)) == "pass"


def test_where_the_types_are_not_offered_in_the_groups_zone_the_pool_cannot_get_there() -> None:
    def not_offered(cluster: Cluster) -> None:
        placement.placement_group_zone_mismatch(cluster)
        zones(cluster, ZONE, OTHER_ZONE)
        source = "aws/ec2/describe-instance-type-offerings"
        cluster.aws[source] = [o for o in cluster.aws[source] if o["Location"] == ZONE]

    assert status(CODE, broken(not_offered)) == "fail"


def test_a_spread_group_lies_in_no_zone() -> None:
    def spread(cluster: Cluster) -> None:
        placement.placement_group_zone_mismatch(cluster)
        cluster.aws["aws/ec2/describe-placement-groups"][0]["Strategy"] = "spread"

    assert status(CODE, broken(spread)) == "pass"


def test_a_pod_that_an_existing_node_takes_is_not_kept_from_it() -> None:
    def beside(cluster: Cluster) -> None:
        add_group(cluster)
        names(cluster)
        add_instance(cluster, OTHER_ZONE)

    assert report(broken(beside)).verdict.value == "schedulable"
    assert causes(broken(beside)) == []


def test_a_node_group_whose_subnets_are_elsewhere_is_named() -> None:
    def of_group(cluster: Cluster) -> None:
        placement.placement_group_zone_mismatch(cluster)
        cluster.remove("NodePool", "efa")
        group = cluster.aws["aws/eks/describe-nodegroup"][0]
        group |= {"instanceTypes": ["p5.48xlarge"], "subnets": ["subnet-0a"]}
        template = cluster.aws["aws/ec2/describe-launch-template-versions"][0]
        template["LaunchTemplateData"]["Placement"] = {"GroupName": GROUP}

    assert list(seen(one(CODE, broken(of_group)))["subnets"]) == ["subnet-0a"]


def test_the_fix_removes_it() -> None:
    assert left_after_fix(CODE, broken(placement.placement_group_zone_mismatch)) == 0


def test_a_healthy_cluster_gets_nothing_and_unread_groups_no_verdict() -> None:
    assert status(CODE, broken()) == "pass"
    for source in ("aws/ec2/describe-placement-groups", "aws/ec2/describe-instances"):
        unread = broken(placement.placement_group_zone_mismatch).unread_sources(source)
        assert status(CODE, unread) == "unknown"

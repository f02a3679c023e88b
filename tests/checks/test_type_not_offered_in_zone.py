"""EFA207: types that EC2 offers elsewhere."""

from clusters import OTHER_ZONE, ZONE, Cluster, broken
from faults.pods import volume_zone_conflict
from faults.provisioning import requirements, requiring, type_not_offered_in_zone
from questions import causes, one, report, seen, status

CODE = "EFA207"
ZONE_KEY = "topology.kubernetes.io/zone"


def anywhere(cluster: Cluster) -> None:
    requirements(cluster)[:] = [r for r in requirements(cluster) if r["key"] != ZONE_KEY]


def test_the_zone_and_where_the_types_are_offered_are_named() -> None:
    assert causes(broken(type_not_offered_in_zone)) == [(CODE, "efa")]
    finding = one(CODE, broken(type_not_offered_in_zone))
    assert OTHER_ZONE in finding.summary
    (requirement,) = (v for f, v in seen(finding).items() if "requirements[" in f)
    assert list(requirement["values"]) == [ZONE]


def test_moving_the_pool_is_proved() -> None:
    plan = report(broken(type_not_offered_in_zone)).plan
    assert plan is not None
    assert plan.verified is True


def test_a_zone_that_the_pod_itself_selects_counts_as_well() -> None:
    def selected(cluster: Cluster) -> None:
        type_not_offered_in_zone(cluster)
        anywhere(cluster)
        cluster.pod["spec"]["nodeSelector"] = {ZONE_KEY: ZONE}

    finding = one(CODE, broken(selected))
    assert f'spec.nodeSelector["{ZONE_KEY}"]' in seen(finding)
    assert [c for c, _ in causes(broken(selected))] == [CODE]


def test_a_pool_that_may_go_anywhere_goes_where_the_type_is() -> None:
    assert status(CODE, broken(type_not_offered_in_zone, anywhere)) == "pass"


def test_one_zone_of_several_is_enough() -> None:
    def both(cluster: Cluster) -> None:
        type_not_offered_in_zone(cluster)
        requiring(cluster, ZONE_KEY, ZONE, OTHER_ZONE)

    assert status(CODE, broken(both)) == "pass"


def test_types_that_no_zone_of_the_region_offers_are_no_conflict_of_requirements() -> None:
    def nowhere(cluster: Cluster) -> None:
        type_not_offered_in_zone(cluster)
        requiring(cluster, "node.kubernetes.io/instance-type", "p4d.24xlarge")
        offerings = cluster.aws["aws/ec2/describe-instance-type-offerings"]
        offerings[:] = [o for o in offerings if o["InstanceType"] != "p4d.24xlarge"]

    assert causes(broken(nowhere)) == [(CODE, "efa")]
    assert "p4d.24xlarge" in one(CODE, broken(nowhere)).summary


def test_a_zone_without_a_subnet_is_another_matter() -> None:
    def no_subnet(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        requiring(cluster, ZONE_KEY, "us-west-2d")

    assert [c for c, _ in causes(broken(no_subnet))] == ["EFA705"]


def test_a_zone_that_a_volume_asks_for_is_the_volumes_business() -> None:
    def volume(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        anywhere(cluster)
        volume_zone_conflict(cluster)
        offerings = cluster.aws["aws/ec2/describe-instance-type-offerings"]
        offerings[:] = [o for o in offerings if o["Location"] == ZONE]

    assert status(CODE, broken(volume)) == "pass"


def test_without_offerings_it_cannot_be_told() -> None:
    cluster = broken(type_not_offered_in_zone)
    cluster.unread_sources("aws/ec2/describe-instance-type-offerings")
    assert status(CODE, cluster) == "unknown"

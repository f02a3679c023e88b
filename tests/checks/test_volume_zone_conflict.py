"""EFA112: volumes in another zone than the nodes."""

import pytest
from clusters import OTHER_ZONE, ZONE, Cluster, broken
from faults.pods import claim, storage_class, using, volume, volume_zone_conflict
from questions import causes, one, report, seen, status

CODE = "EFA112"


def in_zone(cluster: Cluster, zone: str) -> None:
    using(cluster, "checkpoints")
    cluster.add(storage_class(), claim("checkpoints", "pv-1"), volume("pv-1", zone))


def test_a_volume_in_the_other_zone_is_named() -> None:
    assert causes(broken(volume_zone_conflict)) == [(CODE, "trainer")]
    finding = one(CODE, broken(volume_zone_conflict))
    assert OTHER_ZONE in finding.summary
    assert "spec.nodeAffinity.required.nodeSelectorTerms" in seen(finding)


def test_the_pool_moves_to_the_volume_where_ec2_offers_the_type() -> None:
    found = report(broken(volume_zone_conflict))
    assert OTHER_ZONE in found.root_causes[0].fixes[0].title
    assert found.plan is not None
    assert found.plan.verified is True


def test_it_does_not_where_the_type_is_not_offered() -> None:
    cluster = broken(volume_zone_conflict)
    offerings = cluster.aws["aws/ec2/describe-instance-type-offerings"]
    offerings[:] = [o for o in offerings if o["Location"] == ZONE]
    (fix,) = one(CODE, cluster).fixes
    assert fix.unprovable


def test_a_volume_in_the_nodes_zone_is_fine() -> None:
    cluster = broken(lambda c: in_zone(c, ZONE))
    assert status(CODE, cluster) == "pass"
    assert report(cluster).verdict.value == "schedulable"


def test_a_pool_that_may_launch_in_the_volumes_zone_is_fine() -> None:
    def anywhere(cluster: Cluster) -> None:
        volume_zone_conflict(cluster)
        requirements = cluster.pool["spec"]["template"]["spec"]["requirements"]
        requirements[:] = [r for r in requirements if "zone" not in r["key"]]

    assert report(broken(anywhere)).root_causes == ()


def test_a_zone_without_the_type_is_the_volumes_fault_and_not_the_pools() -> None:
    def anywhere(cluster: Cluster) -> None:
        volume_zone_conflict(cluster)
        requirements = cluster.pool["spec"]["template"]["spec"]["requirements"]
        requirements[:] = [r for r in requirements if "zone" not in r["key"]]
        offerings = cluster.aws["aws/ec2/describe-instance-type-offerings"]
        offerings[:] = [
            o for o in offerings if o["Location"] == ZONE or o["InstanceType"][0] != "p"
        ]

    assert causes(broken(anywhere)) == [(CODE, "trainer")]


def test_volumes_in_two_zones_contradict_each_other() -> None:
    def two(cluster: Cluster) -> None:
        in_zone(cluster, ZONE)
        using(cluster, "data")
        cluster.pod["spec"]["volumes"][1]["name"] = "more"
        cluster.add(claim("data", "pv-2"), volume("pv-2", OTHER_ZONE))

    finding = one(CODE, broken(two))
    assert ZONE in finding.summary
    assert OTHER_ZONE in finding.summary
    assert causes(broken(two)) == [(CODE, "trainer")]


@pytest.mark.parametrize("source", ["cluster/persistentvolumes", "cluster/persistentvolumeclaims"])
def test_without_volumes_it_cannot_be_told(source: str) -> None:
    assert status(CODE, broken(volume_zone_conflict).unread_sources(source)) == "unknown"

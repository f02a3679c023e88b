"""EFA705: a zone without a subnet."""

from clusters import OTHER_ZONE, ZONE, Cluster, broken, subnet
from faults import placement
from faults.nodes import launched
from faults.placement import make_room, zones
from mending import left_after_fix
from questions import one, report, seen, status

CODE = "EFA705"
NOWHERE = "us-west-2c"


def subnet_not_selected(cluster: Cluster) -> None:
    """There is a subnet in the zone, without the tag that the NodeClass selects by."""
    placement.no_subnet_in_zone(cluster)
    cluster.aws["aws/ec2/describe-subnets"].append(subnet("subnet-0c", NOWHERE) | {"Tags": []})


def test_a_zone_in_which_the_nodeclass_has_no_subnet_is_named() -> None:
    finding = one(CODE, broken(placement.no_subnet_in_zone))
    assert (finding.object.kind, finding.object.name) == ("Subnet", NOWHERE)
    evidence = seen(finding)
    assert evidence["spec.template.spec.requirements[2]"]["values"] == (NOWHERE,)
    assert [s["zone"] for s in evidence["status.subnets"]] == [ZONE, OTHER_ZONE]


def test_it_alone_is_the_root_cause_and_a_zone_with_a_subnet_is_enough() -> None:
    found = report(broken(placement.no_subnet_in_zone))
    assert found.verdict.value == "blocked"
    assert [f.code for f in found.root_causes] == [CODE]
    assert found.plan is not None
    assert found.plan.verified is True


def test_a_zone_that_lacks_both_subnet_and_offering_is_one_cause() -> None:
    cluster = broken(placement.no_subnet_in_zone)
    assert status("EFA207", cluster) == "fail"
    assert [f.code for f in report(cluster).root_causes] == [CODE]


def test_a_subnet_that_lacks_the_tag_is_named_and_may_be_tagged() -> None:
    finding = one(CODE, broken(subnet_not_selected))
    assert finding.object.name == "subnet-0c"
    assert [type(f.edits[0]).__name__ for f in finding.fixes] == ["Patch", "AwsCall"]


def test_one_zone_with_a_subnet_is_enough() -> None:
    def one_of_two(cluster: Cluster) -> None:
        make_room(cluster)
        zones(cluster, ZONE, NOWHERE)

    assert status(CODE, broken(one_of_two)) == "pass"


def test_zones_left_out_count_as_well() -> None:
    def left_out(cluster: Cluster) -> None:
        make_room(cluster)
        zones(cluster, ZONE, OTHER_ZONE, operator="NotIn")

    assert status(CODE, broken(left_out)) == "fail"


def test_a_zone_id_is_a_zone() -> None:
    def by_id(cluster: Cluster) -> None:
        make_room(cluster)
        cluster.pool["spec"]["template"]["spec"]["requirements"].append(
            {"key": "topology.k8s.aws/zone-id", "operator": "In", "values": ["usw2-az4"]}
        )

    assert "spec.template.spec.requirements[3]" in seen(one(CODE, broken(by_id)))
    assert left_after_fix(CODE, broken(by_id)) == 0


def test_a_label_of_the_template_is_a_requirement() -> None:
    def by_label(cluster: Cluster) -> None:
        make_room(cluster)
        template = cluster.pool["spec"]["template"]
        template["metadata"] = {"labels": {"topology.kubernetes.io/zone": NOWHERE}}
        del template["spec"]["requirements"][2]

    finding = one(CODE, broken(by_label))
    assert seen(finding)['spec.template.metadata.labels["topology.kubernetes.io/zone"]'] == NOWHERE


def test_a_nodeclass_without_any_subnet_is_not_ready_instead() -> None:
    def none(cluster: Cluster) -> None:
        placement.no_subnet_in_zone(cluster)
        cluster.nodeclass["status"]["subnets"] = []

    assert status(CODE, broken(none)) == "pass"


def test_a_pod_that_an_existing_node_takes_is_not_kept_from_it() -> None:
    def later(cluster: Cluster) -> None:
        zones(cluster, NOWHERE)

    assert report(broken(later)).verdict.value == "schedulable"


def test_the_pool_of_a_nodeclaim_on_its_way_has_found_its_subnet() -> None:
    def coming(cluster: Cluster) -> None:
        zones(cluster, NOWHERE)
        launched(cluster, "2026-11-20T09:58:00Z")

    assert status(CODE, broken(coming)) == "pass"
    assert report(broken(coming)).verdict.value == "waiting"


def test_a_healthy_cluster_gets_nothing_and_an_unread_nodeclass_no_verdict() -> None:
    assert status(CODE, broken()) == "pass"
    unread = broken(placement.no_subnet_in_zone)
    unread.unread_sources("cluster/ec2nodeclasses.karpenter.k8s.aws")
    assert status(CODE, unread) == "unknown"

"""EFA701: a placement group that is not there."""

from clusters import Cluster, broken
from faults import placement
from faults.placement import GROUP, add_group, names
from faults.provisioning import training_group
from mending import left_after_fix
from questions import one, report, seen, status

CODE = "EFA701"


def test_a_group_that_nobody_made_is_named_with_the_field_that_names_it() -> None:
    finding = one(CODE, broken(placement.placement_group_missing))
    assert (finding.object.kind, finding.object.name) == ("PlacementGroup", GROUP)
    assert seen(finding) == {"spec.placementGroupSelector.name": GROUP}


def test_making_the_group_removes_it() -> None:
    assert left_after_fix(CODE, broken(placement.placement_group_missing)) == 0


def test_a_group_of_nearly_that_name_is_offered() -> None:
    def misspelt(cluster: Cluster) -> None:
        add_group(cluster, "prod-efa-1")
        names(cluster, "prod-efa1")

    finding = one(CODE, broken(misspelt))
    assert finding.evidence[0].expected == "prod-efa-1"
    assert left_after_fix(CODE, broken(misspelt), 1) == 0


def test_a_group_that_is_being_deleted_is_named() -> None:
    def deleting(cluster: Cluster) -> None:
        add_group(cluster)["State"] = "deleting"
        names(cluster)

    assert seen(one(CODE, broken(deleting)))["State"] == "deleting"


def test_a_group_may_be_named_by_its_id() -> None:
    def by_id(cluster: Cluster) -> None:
        made = add_group(cluster)
        cluster.nodeclass["spec"]["placementGroupSelector"] = {"id": made["GroupId"]}

    assert status(CODE, broken(by_id)) == "pass"


def test_an_id_that_is_not_there_cannot_be_made() -> None:
    def by_id(cluster: Cluster) -> None:
        cluster.nodeclass["spec"]["placementGroupSelector"] = {"id": "pg-0123"}

    finding = one(CODE, broken(by_id))
    assert (finding.object.name, finding.fixes) == ("pg-0123", ())


def test_a_launch_template_names_a_group_too() -> None:
    def of_group(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        cluster.remove("NodePool", "efa")
        cluster.aws["aws/eks/describe-nodegroup"][0]["instanceTypes"] = ["p5.48xlarge"]
        template = cluster.aws["aws/ec2/describe-launch-template-versions"][0]
        template["LaunchTemplateData"]["Placement"] = {"GroupName": GROUP}

    finding = one(CODE, broken(of_group))
    assert seen(finding) == {"LaunchTemplateData.Placement.GroupName": GROUP}


def test_it_stands_beside_the_root_cause_and_is_none_itself() -> None:
    found = report(broken(placement.placement_group_missing))
    assert [f.code for f in found.warnings] == [CODE]
    assert found.root_causes == ()


def test_a_healthy_cluster_gets_nothing_and_unread_groups_no_verdict() -> None:
    assert status(CODE, broken()) == "pass"
    unread = broken(placement.placement_group_missing)
    unread.unread_sources("aws/ec2/describe-placement-groups")
    assert status(CODE, unread) == "unknown"


def test_of_a_node_group_whose_launch_template_was_not_read_it_cannot_be_told() -> None:
    def of_group(cluster: Cluster) -> None:
        training_group(cluster)

    unread = broken(of_group).unread_sources("aws/ec2/describe-launch-template-versions")
    assert status(CODE, unread) == "unknown"
    assert status(CODE, broken(of_group)) == "pass"

"""EFA706: reserved capacity that a group hides."""

from clusters import Cluster, Json, broken
from faults import placement
from faults.placement import GROUP, RESERVATION, add_group, add_reservation, names
from mending import left_after_fix
from questions import one, report, seen, status

CODE = "EFA706"


def reservation(cluster: Cluster) -> Json:
    return cluster.aws["aws/ec2/describe-capacity-reservations"][0]


def test_a_reservation_that_was_made_in_no_group_is_named() -> None:
    finding = one(CODE, broken(placement.reservation_outside_placement_group))
    assert (finding.object.kind, finding.object.name) == ("CapacityReservation", RESERVATION)
    assert seen(finding) == {"PlacementGroupArn": None, "spec.placementGroupSelector.name": GROUP}


def test_naming_no_group_removes_it() -> None:
    assert left_after_fix(CODE, broken(placement.reservation_outside_placement_group)) == 0


def test_it_is_a_warning() -> None:
    found = report(broken(placement.reservation_outside_placement_group))
    assert [f.code for f in found.warnings] == [CODE]
    assert found.root_causes == ()


def test_a_reservation_in_another_group_is_outside() -> None:
    def elsewhere(cluster: Cluster) -> None:
        placement.reservation_outside_placement_group(cluster)
        reservation(cluster)["PlacementGroupArn"] = placement.ARN + "other"

    assert status(CODE, broken(elsewhere)) == "warn"


def test_a_reservation_in_the_group_is_right_however_the_group_is_named() -> None:
    def inside(cluster: Cluster) -> None:
        made = add_group(cluster)
        cluster.nodeclass["spec"]["placementGroupSelector"] = {"id": made["GroupId"]}
        add_reservation(cluster, GROUP)
        placement.selects_reservation(cluster)

    assert status(CODE, broken(inside)) == "pass"


def test_where_groups_were_not_read_an_id_proves_nothing() -> None:
    def by_id(cluster: Cluster) -> None:
        made = add_group(cluster)
        cluster.nodeclass["spec"]["placementGroupSelector"] = {"id": made["GroupId"]}
        add_reservation(cluster, GROUP)
        placement.selects_reservation(cluster)

    unread = broken(by_id).unread_sources("aws/ec2/describe-placement-groups")
    assert status(CODE, unread) == "pass"


def test_a_reservation_that_the_nodeclass_does_not_select_is_not_meant() -> None:
    def unselected(cluster: Cluster) -> None:
        add_group(cluster)
        names(cluster)
        add_reservation(cluster)

    assert status(CODE, broken(unselected)) == "pass"


def test_a_reservation_selected_by_id_counts_before_karpenter_resolved_it() -> None:
    def by_term(cluster: Cluster) -> None:
        add_group(cluster)
        names(cluster)
        add_reservation(cluster)
        cluster.nodeclass["spec"]["capacityReservationSelectorTerms"] = [{"id": RESERVATION}]

    assert status(CODE, broken(by_term)) == "warn"


def test_a_reservation_without_idle_instances_hides_nothing() -> None:
    def full(cluster: Cluster) -> None:
        placement.reservation_outside_placement_group(cluster)
        reservation(cluster)["AvailableInstanceCount"] = 0

    assert status(CODE, broken(full)) == "pass"


def test_without_a_group_any_reservation_will_do() -> None:
    def free(cluster: Cluster) -> None:
        add_reservation(cluster)
        placement.selects_reservation(cluster)

    assert status(CODE, broken(free)) == "pass"


def of_group(cluster: Cluster, **specification: object) -> None:
    """A node group of p5, whose template names the group, and a reservation of that type."""
    cluster.without_nodes_of_pool()
    cluster.remove("NodePool", "efa")
    cluster.aws["aws/eks/describe-nodegroup"][0]["instanceTypes"] = ["p5.48xlarge"]
    data = cluster.aws["aws/ec2/describe-launch-template-versions"][0]["LaunchTemplateData"]
    data["Placement"] = {"GroupName": GROUP}
    if specification:
        data["CapacityReservationSpecification"] = specification
    add_group(cluster)
    add_reservation(cluster)


def test_a_node_group_uses_an_open_reservation_of_its_type() -> None:
    def matching(cluster: Cluster) -> None:
        of_group(cluster)
        reservation(cluster)["InstanceMatchCriteria"] = "open"

    assert status(CODE, broken(matching)) == "warn"
    assert status(CODE, broken(of_group)) == "pass"


def test_a_node_group_uses_the_reservation_that_its_template_targets() -> None:
    def targeting(cluster: Cluster) -> None:
        target = {"CapacityReservationId": RESERVATION}
        of_group(cluster, CapacityReservationTarget=target)

    assert status(CODE, broken(targeting)) == "warn"


def test_a_node_group_that_wants_no_reservation_uses_none() -> None:
    def refusing(cluster: Cluster) -> None:
        of_group(cluster, CapacityReservationPreference="none")
        reservation(cluster)["InstanceMatchCriteria"] = "open"

    assert status(CODE, broken(refusing)) == "pass"


def test_a_healthy_cluster_gets_nothing_and_unread_reservations_no_verdict() -> None:
    assert status(CODE, broken()) == "pass"
    unread = broken(placement.reservation_outside_placement_group)
    unread.unread_sources("aws/ec2/describe-capacity-reservations")
    assert status(CODE, unread) == "unknown"

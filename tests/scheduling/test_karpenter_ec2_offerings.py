"""Where EC2's types are to be had: zones, subnets, capacity types, reservations, placement groups.

https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/offering/provider.go
"""

import pytest
from provisioning import CAPACITY, EFA, TYPE, ZONE, A, B, C, launching, pod, requirement
from scheduling.on_ec2 import AWS, asked, cluster, node_class, on_ec2, would_launch

from efadoctor.scheduling.karpenter import blockers as why
from efadoctor.scheduling.karpenter import provision

# ---- zones and capacity types ------------------------------------------------


def offered(name: str, *zones: str) -> list[dict[str, str]]:
    kind = "availability-zone"
    return [{"InstanceType": name, "Location": z, "LocationType": kind} for z in zones]


def test_a_type_is_launched_where_it_is_offered_and_the_class_has_a_subnet() -> None:
    answers = {"describe_instance_type_offerings": offered("p5.48xlarge", B, C)}
    found = asked(pod(requests={EFA: "32"}), on_ec2(), node_class(), **answers)
    assert found.instance_types == ("p5.48xlarge",)
    assert launching(found).zones == (B,)


def test_a_zone_without_a_subnet_of_the_class_offers_nothing() -> None:
    answers = {"describe_instance_type_offerings": offered("p5.48xlarge", C)}
    found = asked(pod(requests={EFA: "32"}), on_ec2(), node_class(), **answers)
    (missing,) = found.judgements["pool"].blockers
    assert isinstance(missing, why.NoOffering)
    assert missing.offered == ()


def test_types_that_ec2_does_not_offer_in_the_region_are_none() -> None:
    answers = {"describe_instance_type_offerings": offered("g5.8xlarge", A)}
    only = on_ec2("pool", requirement(TYPE, "In", "p5.48xlarge"))
    found = asked(pod(), only, node_class(), **answers)
    assert [type(b) for b in found.judgements["pool"].blockers] == [why.NoTypeLeft]


def test_what_is_not_known_is_not_held_against_a_pool() -> None:
    found = asked(pod(requests={EFA: "32"}), on_ec2("pool", requirement(ZONE, "In", C)))
    assert found.nodepool == "pool"
    assert launching(found).zones == ()


def test_a_type_that_nobody_knows_is_not_said_to_be_wrong() -> None:
    found = asked(pod(), on_ec2("pool", requirement(TYPE, "In", "p99.48xlarge")), node_class())
    assert found.judgements["pool"].blockers == (why.TypesUnknown(types=("p99.48xlarge",)),)


def test_a_name_that_cannot_be_a_types_is_wrong() -> None:
    found = asked(pod(), on_ec2("pool", requirement(TYPE, "In", "p5.48xlrge")), node_class())
    (left,) = found.judgements["pool"].blockers
    assert isinstance(left, why.NoTypeLeft)
    assert left.nearest == "p5.48xlarge"


def test_spot_is_taken_before_on_demand() -> None:
    found = asked(pod(requests={EFA: "32"}), on_ec2(), node_class())
    assert launching(found).capacity_types == ("on-demand", "spot")
    node = would_launch(pod(requests={EFA: "32"}), on_ec2(), node_class())
    assert node.metadata.labels[CAPACITY] == "spot"


RESERVATION = {
    "id": "cr-1",
    "instanceType": "p5.48xlarge",
    "availabilityZone": A,
    "state": "active",
    "reservationType": "default",
}


def test_a_reservation_that_the_class_selects_is_taken_before_all() -> None:
    selecting = node_class({"capacityReservations": [RESERVATION]})
    found = asked(pod(requests={EFA: "32"}), on_ec2(), selecting)
    assert launching(found).capacity_types == ("reserved",)
    assert found.instance_types[0] == "p5.48xlarge"


@pytest.mark.parametrize(
    ("change", "free"), [({"state": "expiring"}, 1), ({}, 0), ({"availabilityZone": C}, 1)]
)
def test_a_reservation_that_is_used_up_or_elsewhere_is_none(
    change: dict[str, str], free: int
) -> None:
    selecting = node_class({"capacityReservations": [RESERVATION | change]})
    reserved = on_ec2("pool", requirement(CAPACITY, "In", "reserved"))
    counted = [{"CapacityReservationId": "cr-1", "AvailableInstanceCount": free}]
    found = asked(
        pod(requests={EFA: "32"}), reserved, selecting, describe_capacity_reservations=counted
    )
    assert found.nodepool is None


def test_a_volume_under_the_ebs_drivers_own_label_decides_the_zone() -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": "d",
            "namespace": "default",
            "annotations": {"pv.kubernetes.io/bind-completed": "yes"},
        },
        "spec": {"volumeName": "v"},
    }
    place = [requirement("topology.ebs.csi.aws.com/zone", "In", B)]
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "v"},
        "spec": {
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": place}]}}
        },
    }
    subject = pod(volumes=[{"name": "d", "persistentVolumeClaim": {"claimName": "d"}}])
    found = asked(subject, on_ec2(), node_class(), claim, volume)
    assert launching(found).zones == (B,)


# ---- placement groups and reservations ---------------------------------------


def test_a_type_outside_the_strategies_of_the_placement_group_cannot_be_launched() -> None:
    selecting = node_class(placementGroupSelector={"name": "g"})
    group = [{"GroupName": "g", "GroupId": "pg-1", "Strategy": "cluster", "State": "available"}]
    plain = {"InstanceType": "m5.large", "PlacementGroupInfo": {"SupportedStrategies": ["spread"]}}
    only = on_ec2("pool", requirement(TYPE, "In", "m5.large"))
    found = asked(
        pod(), only, selecting, describe_placement_groups=group, describe_instance_types=[plain]
    )
    assert [type(b) for b in found.judgements["pool"].blockers if isinstance(b, why.NoOffering)]


@pytest.mark.parametrize(
    ("label", "value", "launched"),
    [
        ("placement-group-id", "pg-1", True),
        ("placement-group-id", "pg-2", False),
        ("placement-group-partition", "3", True),
        ("placement-group-partition", "4", False),
    ],
)
def test_the_nodes_are_labelled_with_the_placement_group_of_the_class(
    label: str, value: str, *, launched: bool
) -> None:
    group = {
        "GroupName": "train",
        "GroupId": "pg-1",
        "State": "available",
        "Strategy": "partition",
        "PartitionCount": 3,
    }
    snapshot = cluster(
        on_ec2(),
        node_class(placementGroupSelector={"name": "train"}),
        describe_placement_groups=[group],
    )
    wanted = pod("train", nodeSelector={f"{AWS}/{label}": value})
    assert (provision(snapshot, wanted).nodepool is not None) is launched


@pytest.mark.parametrize(("value", "launched"), [("true", True), ("false", False)])
def test_a_reservation_says_whether_it_may_be_interrupted(value: str, *, launched: bool) -> None:
    reserved = {
        "id": "cr-1",
        "instanceType": "p5.48xlarge",
        "availabilityZone": A,
        "state": "active",
        "reservationType": "default",
        "interruptible": True,
    }
    snapshot = cluster(
        on_ec2("pool", requirement(CAPACITY, "In", "reserved")),
        node_class({"capacityReservations": [reserved]}),
    )
    label = f"{AWS}/capacity-reservation-interruptible"
    wanted = pod("train", nodeSelector={label: value, TYPE: "p5.48xlarge"})
    assert (provision(snapshot, wanted).nodepool is not None) is launched

"""EFA208: EC2 has none, or a reservation is not selected."""

import pytest
from clusters import OTHER_ZONE, ZONE, Cluster, Json, broken
from faults.pods import toleration_missing
from faults.provisioning import capacity_unavailable, event, requiring, training_group
from questions import ask, causes, one, report, status

CODE = "EFA208"


def reservation(zone: str = ZONE, free: int = 2, type_: str = "p5.48xlarge") -> Json:
    return {
        "CapacityReservationId": "cr-0a",
        "InstanceType": type_,
        "AvailabilityZone": zone,
        "State": "active",
        "TotalInstanceCount": 4,
        "AvailableInstanceCount": free,
        "InstanceMatchCriteria": "targeted",
    }


def test_an_event_on_a_nodeclaim_that_is_gone_decides() -> None:
    assert causes(broken(capacity_unavailable)) == [(CODE, "efa")]
    finding = one(CODE, broken(capacity_unavailable))
    assert finding.evidence[0].object.kind == "Event"
    assert finding.evidence[0].value == "InsufficientCapacityError"


@pytest.mark.parametrize(
    "change",
    [
        {"at": "2026-11-20T09:20:00Z"},
        {"at": "2026-11-20T09:40:00Z"},
        {"claim": "other-q1w2e"},
        {"claim": "efa-gpu-q1w2e"},
        {"reason": "DisruptionBlocked"},
    ],
    ids=["before the pod", "long ago", "of another pool", "of a longer name", "of another kind"],
)
def test_an_event_that_does_not_speak_for_now_is_left_aside(change: dict[str, str]) -> None:
    cluster = broken(Cluster.without_nodes_of_pool)
    cluster.add(event(**({"reason": "InsufficientCapacityError"} | change)))
    assert status(CODE, cluster) == "pass"


def test_a_launch_that_failed_for_other_pods_is_not_this_pods() -> None:
    found = causes(broken(capacity_unavailable, toleration_missing))
    assert found == [("EFA104", "trainer")]


def test_a_node_on_its_way_says_that_there_is_capacity() -> None:
    cluster = broken()
    cluster.add(event("InsufficientCapacityError"))
    assert report(cluster).verdict.value == "schedulable"


def test_a_free_reservation_that_is_not_selected_is_the_first_fix() -> None:
    cluster = broken(capacity_unavailable)
    cluster.aws["aws/ec2/describe-capacity-reservations"] = [reservation()]
    finding = one(CODE, cluster)
    assert "cr-0a" in finding.fixes[0].title
    assert "does not select" in finding.summary


@pytest.mark.parametrize(
    "of_no_use",
    [reservation(zone=OTHER_ZONE), reservation(free=0), reservation(type_="g5.8xlarge")],
)
def test_a_reservation_that_would_not_serve_is_not_mentioned(of_no_use: Json) -> None:
    cluster = broken(capacity_unavailable)
    cluster.aws["aws/ec2/describe-capacity-reservations"] = [of_no_use]
    assert all("cr-0a" not in f.title for f in one(CODE, cluster).fixes)


def test_a_pool_that_allows_reserved_only_and_selects_none_has_none() -> None:
    def reserved(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        requiring(cluster, "karpenter.sh/capacity-type", "reserved")
        cluster.aws["aws/ec2/describe-capacity-reservations"] = [reservation()]

    assert causes(broken(reserved)) == [(CODE, "efa")]


def test_a_node_groups_newest_activity_decides() -> None:
    failed = {
        "AutoScalingGroupName": "eks-training",
        "StatusCode": "Failed",
        "StatusMessage": "Could not launch On-Demand Instances. InsufficientInstanceCapacity - We",
        "StartTime": "2026-11-20T09:50:00Z",
    }
    worked = failed | {"StatusCode": "Successful", "StartTime": "2026-11-20T09:55:00Z"}

    def group(cluster: Cluster) -> None:
        training_group(cluster, scalingConfig={"minSize": 0, "maxSize": 4, "desiredSize": 1})

    cluster = broken(group)
    cluster.aws["aws/autoscaling/describe-scaling-activities"] = [failed]
    assert one(CODE, cluster).object.short == "NodeGroup/training"
    assert (CODE, "training") in causes(cluster)
    cluster.aws["aws/autoscaling/describe-scaling-activities"] = [failed, worked]
    assert ask(CODE, cluster).findings == ()


def test_without_nodes_it_cannot_be_told() -> None:
    cluster = broken(capacity_unavailable).unread_sources("cluster/nodes")
    assert status(CODE, cluster) == "unknown"


def test_without_events_nothing_is_concluded() -> None:
    cluster = broken(capacity_unavailable).unread_sources("cluster/events")
    assert ask(CODE, cluster).findings == ()


def test_a_type_that_ec2_sells_in_blocks_only_is_not_to_be_had_on_demand() -> None:
    def in_blocks(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        requiring(cluster, "node.kubernetes.io/instance-type", "p5.48xlarge")
        for found in cluster.aws["aws/ec2/describe-instance-types"]:
            if found["InstanceType"] == "p5.48xlarge":
                found["SupportedUsageClasses"] = ["capacity-block"]

    assert causes(broken(in_blocks)) == [(CODE, "efa")]
    assert "reserved blocks of capacity only" in one(CODE, broken(in_blocks)).summary

"""What goes wrong with placement: each function breaks one thing of a healthy cluster."""

from __future__ import annotations

from clusters import OTHER_ZONE, REGION, ZONE, Cluster, Json, instance

GROUP = "prod-efa"
RESERVATION = "cr-0aaaaaaaaaaaaaaa1"
ARN = f"arn:aws:ec2:{REGION}:111122223333:placement-group/"

# ---- helpers: no faults of their own ----------------------------------------


def add_group(cluster: Cluster, name: str = GROUP, strategy: str = "cluster") -> Json:
    made = {
        "GroupName": name,
        "GroupId": f"pg-0{len(name):015}",
        "State": "available",
        "Strategy": strategy,
        "Tags": [],
    }
    cluster.aws["aws/ec2/describe-placement-groups"].append(made)
    return made


def names(cluster: Cluster, name: str = GROUP) -> None:
    cluster.nodeclass["spec"]["placementGroupSelector"] = {"name": name}


def add_instance(cluster: Cluster, zone: str, group: str = GROUP) -> Json:
    """Somebody else's instance in the group."""
    made = instance("i-0ccccccccccccccc1", "p5.48xlarge", [], "other")
    made["Placement"] = {"AvailabilityZone": zone, "GroupName": group}
    cluster.aws["aws/ec2/describe-instances"].append({"Instances": [made]})
    return made


def add_reservation(cluster: Cluster, group: str = "", *, zone: str = ZONE) -> Json:
    made = {
        "CapacityReservationId": RESERVATION,
        "InstanceType": "p5.48xlarge",
        "AvailabilityZone": zone,
        "State": "active",
        "TotalInstanceCount": 2,
        "AvailableInstanceCount": 2,
        "InstanceMatchCriteria": "targeted",
    }
    if group:
        made["PlacementGroupArn"] = ARN + group
    cluster.aws["aws/ec2/describe-capacity-reservations"].append(made)
    return made


def selects_reservation(cluster: Cluster) -> None:
    cluster.nodeclass["status"]["capacityReservations"] = [
        {
            "id": RESERVATION,
            "instanceType": "p5.48xlarge",
            "availabilityZone": ZONE,
            "ownerID": "111122223333",
            "state": "active",
        }
    ]


def zones(cluster: Cluster, *allowed: str, operator: str = "In") -> None:
    """What the NodePool requires of the zone."""
    cluster.pool["spec"]["template"]["spec"]["requirements"][2] |= {
        "operator": operator,
        "values": list(allowed),
    }


def make_room(cluster: Cluster) -> None:
    """The pool has no node, and may make one; whatever another fault has done before."""
    if any(o["kind"] == "NodeClaim" for o in cluster.objects):
        cluster.without_nodes_of_pool()


# ---- faults -----------------------------------------------------------------


def placement_group_missing(cluster: Cluster) -> None:
    names(cluster)


def placement_group_not_cluster(cluster: Cluster) -> None:
    add_group(cluster, strategy="spread")
    names(cluster)


def placement_group_unused(cluster: Cluster) -> None:
    add_group(cluster)


def placement_group_zone_mismatch(cluster: Cluster) -> None:
    make_room(cluster)
    add_group(cluster)
    names(cluster)
    add_instance(cluster, OTHER_ZONE)


def no_subnet_in_zone(cluster: Cluster) -> None:
    make_room(cluster)
    zones(cluster, f"{REGION}c")


def reservation_outside_placement_group(cluster: Cluster) -> None:
    add_group(cluster)
    names(cluster)
    add_reservation(cluster)
    selects_reservation(cluster)


FAULTS = (
    placement_group_missing,
    placement_group_not_cluster,
    placement_group_unused,
    placement_group_zone_mismatch,
    no_subnet_in_zone,
    reservation_outside_placement_group,
)

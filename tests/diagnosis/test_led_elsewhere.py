"""What leads a pod to a zone in which its pool has nothing to launch, though the pool allows it."""

from clusters import OTHER_ZONE, ZONE, Cluster, node
from faults import pods, provisioning

from efadoctor import diagnose

THIRD_ZONE = "us-west-2c"
TYPES = ("p4d.24xlarge", "p5.48xlarge")


def without_a_zone(*offered: str) -> Cluster:
    """The pool has no node and says nothing of zones; its types are offered in these."""
    cluster = Cluster()
    cluster.without_nodes_of_pool()
    wanted = provisioning.requirements(cluster)
    wanted[:] = [r for r in wanted if r["key"] != "topology.kubernetes.io/zone"]
    offerings = cluster.aws["aws/ec2/describe-instance-type-offerings"]
    offerings[:] = [o for o in offerings if o["InstanceType"] not in TYPES]
    offerings += [
        {"InstanceType": name, "Location": zone, "LocationType": "availability-zone"}
        for name in TYPES
        for zone in offered
    ]
    return cluster


def beside_a_launcher(cluster: Cluster, zone: str) -> None:
    labels = {"app": "launcher"}
    cluster.add(node("ip-10-0-9-9", "m7i.2xlarge", "i-09", zone))
    cluster.add(pods.bound_pod("launcher", "ip-10-0-9-9", labels=labels))
    term = {"labelSelector": {"matchLabels": labels}, "topologyKey": "topology.kubernetes.io/zone"}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    cluster.pod["spec"]["affinity"] = {"podAffinity": required}


def named(cluster: Cluster) -> list[tuple[str, str]]:
    report = diagnose(cluster.snapshot(), "ml/trainer")
    return [(f.code, f.object.name) for f in report.root_causes]


def test_a_volume_in_a_zone_without_subnet_is_the_conflict() -> None:
    cluster = without_a_zone(ZONE, OTHER_ZONE, THIRD_ZONE)
    pods.using(cluster, "data")
    cluster.add(pods.claim("data", "pv"), pods.volume("pv", THIRD_ZONE))
    assert named(cluster) == [("EFA112", "trainer")]


def test_pods_to_be_near_in_a_zone_without_subnet_are_the_conflict() -> None:
    cluster = without_a_zone(ZONE, OTHER_ZONE, THIRD_ZONE)
    beside_a_launcher(cluster, THIRD_ZONE)
    assert named(cluster) == [("EFA109", "trainer")]


def test_pods_to_be_near_where_the_types_are_not_offered_are_the_conflict() -> None:
    cluster = without_a_zone(ZONE)
    beside_a_launcher(cluster, OTHER_ZONE)
    assert named(cluster) == [("EFA109", "trainer")]


def test_pods_to_be_near_where_the_pool_can_launch_are_none() -> None:
    cluster = without_a_zone(ZONE)
    beside_a_launcher(cluster, ZONE)
    assert named(cluster) == []


def test_a_zone_without_subnet_that_the_pod_selects_is_the_selectors_fault_alone() -> None:
    cluster = without_a_zone(ZONE)
    cluster.pod["spec"]["nodeSelector"] = {"topology.kubernetes.io/zone": THIRD_ZONE}
    assert named(cluster) == [("EFA106", "trainer")]

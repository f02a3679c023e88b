"""EC2's types as a NodeClass launches them, and the node that would come of it.

https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/types.go
Amounts: https://karpenter.sh/docs/reference/instance-types/ (Karpenter's own output).
"""

from typing import Any

import pytest
from facts_of import facts_of
from provisioning import (
    CAPACITY,
    EFA,
    GPU,
    POOL,
    TYPE,
    ZONE,
    A,
    B,
    C,
    pod,
    pool,
    requirement,
    taint,
)

from efadoctor.model.decoding import convert
from efadoctor.model.facts import SOURCES
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.karpenter import blockers as why
from efadoctor.scheduling.karpenter import provision, template_node
from efadoctor.scheduling.quantity import amounts

AWS = "karpenter.k8s.aws"
CLASS = {"group": AWS, "kind": "EC2NodeClass", "name": "efa"}
PLACES = [
    {"id": f"subnet-{z[-1]}", "zone": z, "zoneID": f"use1-az{n}"} for n, z in enumerate((A, B))
]


def on_ec2(name: str = "pool", *requirements: Any, **more: Any) -> dict[str, Any]:
    found = pool(name, *requirements, **more)
    found["spec"]["template"]["spec"]["nodeClassRef"] = CLASS
    return found


def node_class(status: Any = None, **spec: Any) -> dict[str, Any]:
    family = {"amiSelectorTerms": [{"alias": "al2023@latest"}]}
    return {
        "apiVersion": f"{AWS}/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": "efa"},
        "spec": family | spec,
        "status": {"subnets": PLACES} | (status or {}),
    }


def cluster(*objects: Any, **responses: Any) -> Snapshot:
    """A cluster of these objects, with these EC2 operations answered."""
    facts = facts_of(Snapshot.from_objects(objects))
    for operation, items in responses.items():
        name = f"aws/ec2/{operation.replace('_', '-')}"
        facts[name] = convert(items, SOURCES[name].type, name)
    return Snapshot(facts)


def asked(subject: Any, *objects: Any, **responses: Any):
    snapshot = cluster(*objects, **responses)
    return provision(snapshot, subject)


def a_type(name: str, *requirements: Any, node: Any = None):
    """One of the table's types as a pool would launch it."""
    only = on_ec2("pool", requirement(TYPE, "In", name), *requirements)
    found = asked(pod(requests={"cpu": "0"}), only, node or node_class())
    (type_,) = found.judgements["pool"].launch
    return type_


@pytest.mark.parametrize(
    ("name", "amounts_left"),
    [
        (
            "p4d.24xlarge",
            {"cpu": "95690m", "memory": "1082712Mi", "pods": "737", EFA: "4", GPU: "8"},
        ),
        ("p5.48xlarge", {"cpu": "191450m", "memory": "1938410Mi", "pods": "100", EFA: "32"}),
        (
            "trn1.32xlarge",
            {
                "memory": "481894Mi",
                "aws.amazon.com/neuron": "16",
                "aws.amazon.com/neuroncore": "32",
            },
        ),
        ("c7gn.16xlarge", {"cpu": "63770m", "memory": "112720Mi", "ephemeral-storage": "17Gi"}),
    ],
)
def test_what_is_left_for_pods_is_what_karpenter_says(name, amounts_left):
    left = a_type(name).allocatable
    assert {r: left[r] for r in amounts_left} == amounts(amounts_left)


def test_a_types_labels_are_those_of_the_provider():
    labels = {r.key: set(r.values) for r in a_type("p4d.24xlarge").requirements}
    wanted = {
        "instance-category": "p",
        "instance-generation": "4",
        "instance-family": "p4d",
        "instance-size": "24xlarge",
        "instance-cpu": "96",
        "instance-memory": "1179648",
        "instance-gpu-name": "a100",
        "instance-gpu-count": "8",
        "instance-gpu-memory": "40960",
        "instance-local-nvme": "8000",
        "instance-network-bandwidth": "400000",
        "instance-hypervisor": "nitro",
    }
    assert {key: labels[f"{AWS}/{key}"] for key in wanted} == {k: {v} for k, v in wanted.items()}
    assert labels[f"{AWS}/instance-accelerator-count"] == set()
    assert labels["topology.kubernetes.io/region"] == {"us-east-1"}
    assert labels["topology.k8s.aws/zone-id"] == {"use1-az0", "use1-az1"}


@pytest.mark.parametrize(
    ("name", "category", "generation"),
    [
        ("u7i-12tb.224xlarge", "u", "7"),
        ("p6-b200.48xlarge", "p", "6"),
        ("trn1n.32xlarge", "trn", "1"),
    ],
)
def test_category_and_generation_come_from_the_name(name, category, generation):
    labels = a_type(name).requirements
    assert labels.get(f"{AWS}/instance-category").values == {category}
    assert labels.get(f"{AWS}/instance-generation").values == {generation}


def test_a_requirement_on_generation_chooses_types():
    generation = requirement(f"{AWS}/instance-generation", "Gt", "4")
    category = requirement(f"{AWS}/instance-category", "In", "p")
    found = asked(
        pod(requests={EFA: "4", GPU: "8"}), on_ec2("pool", generation, category), node_class()
    )
    assert "p4d.24xlarge" not in found.instance_types
    assert {"p5.48xlarge", "p6-b200.48xlarge"} <= set(found.instance_types)


# ---- EFA: https://karpenter.sh/docs/concepts/nodeclasses/ (spec.networkInterfaces) ----------

PRIMARY = {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}


def efa_only(card: int, device: int = 1) -> dict[str, Any]:
    return {"networkCardIndex": card, "deviceIndex": device, "interfaceType": "efa-only"}


def test_interfaces_that_a_node_class_lists_decide_the_efa_capacity():
    listed = node_class(networkInterfaces=[PRIMARY, efa_only(0), efa_only(1)])
    assert a_type("p5.48xlarge", node=listed).efa == 2


def test_listed_interfaces_without_efa_leave_none():
    found = asked(pod(requests={EFA: "1"}), on_ec2(), node_class(networkInterfaces=[PRIMARY]))
    (blocker,) = found.judgements["pool"].blockers
    assert isinstance(blocker, why.InsufficientTypes)
    assert (blocker.resource, blocker.most, blocker.most_known) == (EFA, 0, 0)


def test_types_without_room_for_the_listed_interfaces_cannot_be_launched():
    listed = node_class(networkInterfaces=[PRIMARY, *(efa_only(card) for card in range(8))])
    found = asked(pod(requests={EFA: "8"}), on_ec2(), listed)
    assert "p5.48xlarge" in found.instance_types
    assert "p4d.24xlarge" not in found.instance_types


def test_a_type_outside_the_strategies_of_the_placement_group_cannot_be_launched():
    selecting = node_class(placementGroupSelector={"name": "g"})
    group = [{"GroupName": "g", "GroupId": "pg-1", "Strategy": "cluster", "State": "available"}]
    plain = {"InstanceType": "m5.large", "PlacementGroupInfo": {"SupportedStrategies": ["spread"]}}
    only = on_ec2("pool", requirement(TYPE, "In", "m5.large"))
    found = asked(
        pod(), only, selecting, describe_placement_groups=group, describe_instance_types=[plain]
    )
    assert [type(b) for b in found.judgements["pool"].blockers if isinstance(b, why.NoOffering)]


# ---- where and how types are to be had --------------------------------------


def offered(name: str, *zones: str) -> list[dict[str, str]]:
    kind = "availability-zone"
    return [{"InstanceType": name, "Location": z, "LocationType": kind} for z in zones]


def test_a_type_is_launched_where_it_is_offered_and_the_class_has_a_subnet():
    answers = {"describe_instance_type_offerings": offered("p5.48xlarge", B, C)}
    found = asked(pod(requests={EFA: "32"}), on_ec2(), node_class(), **answers)
    assert found.instance_types == ("p5.48xlarge",)
    assert found.judgement.zones == (B,)


def test_a_zone_without_a_subnet_of_the_class_offers_nothing():
    answers = {"describe_instance_type_offerings": offered("p5.48xlarge", C)}
    found = asked(pod(requests={EFA: "32"}), on_ec2(), node_class(), **answers)
    (missing,) = found.judgements["pool"].blockers
    assert isinstance(missing, why.NoOffering)
    assert missing.offered == ()


def test_types_that_ec2_does_not_offer_in_the_region_are_none():
    answers = {"describe_instance_type_offerings": offered("g5.8xlarge", A)}
    only = on_ec2("pool", requirement(TYPE, "In", "p5.48xlarge"))
    found = asked(pod(), only, node_class(), **answers)
    assert [type(b) for b in found.judgements["pool"].blockers] == [why.NoTypeLeft]


def test_what_is_not_known_is_not_held_against_a_pool():
    found = asked(pod(requests={EFA: "32"}), on_ec2("pool", requirement(ZONE, "In", C)))
    assert found.nodepool == "pool"
    assert found.judgement.zones == ()


def test_a_type_that_nobody_knows_is_not_said_to_be_wrong():
    found = asked(pod(), on_ec2("pool", requirement(TYPE, "In", "p99.48xlarge")), node_class())
    assert found.judgements["pool"].blockers == (why.TypesUnknown(types=("p99.48xlarge",)),)


def test_a_name_that_cannot_be_a_types_is_wrong():
    found = asked(pod(), on_ec2("pool", requirement(TYPE, "In", "p5.48xlrge")), node_class())
    (left,) = found.judgements["pool"].blockers
    assert isinstance(left, why.NoTypeLeft)
    assert left.nearest == "p5.48xlarge"


def test_spot_is_taken_before_on_demand():
    found = asked(pod(requests={EFA: "32"}), on_ec2(), node_class())
    assert found.judgement.capacity_types == ("on-demand", "spot")
    node = would_launch(pod(requests={EFA: "32"}), on_ec2(), node_class())
    assert node.metadata.labels[CAPACITY] == "spot"


RESERVATION = {
    "id": "cr-1",
    "instanceType": "p5.48xlarge",
    "availabilityZone": A,
    "state": "active",
    "reservationType": "default",
}


def test_a_reservation_that_the_class_selects_is_taken_before_all():
    selecting = node_class({"capacityReservations": [RESERVATION]})
    found = asked(pod(requests={EFA: "32"}), on_ec2(), selecting)
    assert found.judgement.capacity_types == ("reserved",)
    assert found.instance_types[0] == "p5.48xlarge"


@pytest.mark.parametrize(
    ("change", "free"), [({"state": "expiring"}, 1), ({}, 0), ({"availabilityZone": C}, 1)]
)
def test_a_reservation_that_is_used_up_or_elsewhere_is_none(change, free):
    selecting = node_class({"capacityReservations": [RESERVATION | change]})
    reserved = on_ec2("pool", requirement(CAPACITY, "In", "reserved"))
    counted = [{"CapacityReservationId": "cr-1", "AvailableInstanceCount": free}]
    found = asked(
        pod(requests={EFA: "32"}), reserved, selecting, describe_capacity_reservations=counted
    )
    assert found.nodepool is None


# ---- what a NodeClass sets --------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "resource", "left"),
    [
        ({"kubelet": {"maxPods": 50}}, "pods", "50"),
        ({"kubelet": {"podsPerCore": 2}}, "pods", "192"),
        ({"kubelet": {"kubeReserved": {"cpu": "1"}}}, "cpu", "95"),
        ({"kubelet": {"systemReserved": {"cpu": "690m"}}}, "cpu", "95"),
        ({"kubelet": {"evictionHard": {"memory.available": "200Mi"}}}, "memory", "1082612Mi"),
        ({"kubelet": {"evictionHard": {"nodefs.available": "100%"}}}, "ephemeral-storage", "19Gi"),
        ({"instanceStorePolicy": "RAID0"}, "ephemeral-storage", "7198926258176"),
        (
            {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": "100Gi"}}]},
            "ephemeral-storage",
            "89Gi",
        ),
        (
            {"blockDeviceMappings": [{"rootVolume": True, "ebs": {"volumeSize": "50Gi"}}]},
            "ephemeral-storage",
            "44Gi",
        ),
        ({"blockDeviceMappings": "none", "kubelet": ["x"]}, "ephemeral-storage", "17Gi"),
        ({"blockDeviceMappings": 1.5}, "ephemeral-storage", "17Gi"),
        ({"kubelet": {"maxPods": "many", "kubeReserved": {"cpu": "many"}}}, "pods", "737"),
    ],
)
def test_a_node_class_changes_what_is_left(spec, resource, left):
    assert (
        a_type("p4d.24xlarge", node=node_class(**spec)).allocatable[resource]
        == amounts({resource: left})[resource]
    )


def test_pool_limits_count_what_a_type_has_not_what_is_left():
    limited = on_ec2("pool", requirement(TYPE, "In", "p5.48xlarge"), limits={"cpu": "191500m"})
    (limit,) = asked(pod(), limited, node_class()).judgements["pool"].blockers
    assert (limit.needed, limit.limit) == (192_000, 191_500)


def test_a_volume_under_the_ebs_drivers_own_label_decides_the_zone():
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
    assert found.judgement.zones == (B,)


def test_auto_modes_labels_are_under_its_own_group():
    auto = on_ec2("pool", requirement("eks.amazonaws.com/instance-family", "In", "p5"))
    auto["spec"]["template"]["spec"]["nodeClassRef"] = {
        "group": "eks.amazonaws.com",
        "kind": "NodeClass",
        "name": "default",
    }
    found = asked(pod(requests={EFA: "32"}), auto)
    assert found.instance_types == ("p5.48xlarge",)


# ---- the node that would come -----------------------------------------------


def would_launch(subject: Any, *objects: Any, **responses: Any):
    snapshot = cluster(*objects, **responses)
    judgement = provision(snapshot, subject).judgements["pool"]
    written = snapshot.get(NodePool, "pool")
    asking = convert([subject], Pod, "pod").views[0]
    return template_node(snapshot, written, asking, judgement)


def test_the_node_has_the_labels_taints_and_devices_that_it_would_have():
    written = on_ec2(
        "pool",
        requirement(TYPE, "In", "p5.48xlarge"),
        requirement("team", "In", "a", "b"),
        labels={"role": "train"},
        taints=(taint(EFA),),
        startupTaints=[taint("starting")],
    )
    tolerations = [{"operator": "Exists"}]
    subject = pod(requests={EFA: "32"}, nodeSelector={"team": "b"}, tolerations=tolerations)
    node = would_launch(subject, written, node_class())
    labels = node.metadata.labels
    assert labels[POOL] == "pool"
    assert labels["role"] == "train"
    assert labels["team"] == "b"
    assert labels[TYPE] == labels["beta.kubernetes.io/instance-type"] == "p5.48xlarge"
    assert labels[ZONE] in {A, B}
    assert labels[f"{AWS}/ec2nodeclass"] == "efa"
    assert labels[f"{AWS}/instance-family"] == "p5"
    assert labels["kubernetes.io/hostname"] == node.metadata.name
    assert [t.key for t in node.spec.taints] == [EFA]
    assert node.status.allocatable[EFA] == "32"
    assert node.status.allocatable[GPU] == "8"
    assert "hugepages-2Mi" not in node.status.allocatable


def test_without_a_request_for_efa_the_node_has_none():
    only = on_ec2("pool", requirement(TYPE, "In", "p5.48xlarge"))
    assert EFA not in would_launch(pod(requests={GPU: "8"}), only, node_class()).status.allocatable


def test_interfaces_that_the_class_lists_are_there_without_a_request():
    only = on_ec2("pool", requirement(TYPE, "In", "p5.48xlarge"))
    listed = node_class(networkInterfaces=[PRIMARY, efa_only(0), efa_only(1)])
    assert would_launch(pod(), only, listed).status.allocatable[EFA] == "2"


def test_where_nothing_fits_the_node_is_the_nearest_one():
    subject = pod(requests={EFA: "32", "cpu": "500"}, nodeSelector={ZONE: C, POOL: "other"})
    node = would_launch(subject, on_ec2(), node_class())
    assert node.metadata.labels[TYPE] in {"p5.48xlarge", "p5e.48xlarge"}
    assert node.metadata.labels[POOL] == "pool"
    assert node.status.allocatable[EFA] == "32"


def test_a_pool_that_leaves_no_type_still_has_a_nearest_node():
    node = would_launch(pod(), on_ec2("pool", requirement(TYPE, "In", "p5.48xlrge")), node_class())
    assert node.status.allocatable["cpu"]


def test_a_type_that_nobody_knows_is_taken_to_have_what_is_asked_for():
    only = on_ec2("pool", requirement(TYPE, "In", "p5.48xlarge", "p99.48xlarge"))
    node = would_launch(pod(requests={EFA: "64"}), only, node_class())
    assert node.metadata.labels[TYPE] == "p99.48xlarge"
    assert node.status.allocatable[EFA] == "64"


def test_a_label_that_the_pool_leaves_open_gets_some_value():
    only = on_ec2("pool", requirement("team", "Exists"), requirement("rank", "Gt", "4"))
    labels = would_launch(pod(), only, node_class()).metadata.labels
    assert labels["rank"] == "5"
    assert labels["team"]


def registered(memory: str, name: str = "efa") -> dict[str, Any]:
    """A p5 node of a NodeClass."""
    labels = {TYPE: "p5.48xlarge", f"{AWS}/ec2nodeclass": name, "karpenter.sh/registered": "true"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "one", "labels": labels},
        "status": {"capacity": {"memory": memory}},
    }


@pytest.mark.parametrize(
    ("objects", "launched"),
    [
        ((), False),
        ((registered("2096000000Ki"),), True),
        ((registered("2096000000Ki", name="other"),), False),
        ((registered("much"),), False),
    ],
)
def test_memory_is_estimated_until_a_node_of_the_type_has_shown_it(objects, launched):
    snapshot = cluster(on_ec2(), node_class(), *objects)
    wanted = pod("train", {"memory": "1950Gi"}, nodeSelector={TYPE: "p5.48xlarge"})
    assert (provision(snapshot, wanted).nodepool is not None) is launched


def test_no_node_has_more_memory_than_its_type():
    snapshot = cluster(on_ec2(), node_class(), registered("9000Gi"))
    wanted = pod("train", {"memory": "2048Gi"}, nodeSelector={TYPE: "p5.48xlarge"})
    assert provision(snapshot, wanted).nodepool is None


@pytest.mark.parametrize(
    ("label", "value", "launched"),
    [
        ("placement-group-id", "pg-1", True),
        ("placement-group-id", "pg-2", False),
        ("placement-group-partition", "3", True),
        ("placement-group-partition", "4", False),
    ],
)
def test_the_nodes_are_labelled_with_the_placement_group_of_the_class(label, value, launched):
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
def test_a_reservation_says_whether_it_may_be_interrupted(value, launched):
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

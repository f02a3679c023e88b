"""EC2's types as a NodeClass launches them: their labels, and what they leave for pods.

https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/types.go
Amounts: https://karpenter.sh/docs/reference/instance-types/ (Karpenter's own output).
"""

import pytest
from provisioning import EFA, GPU, TYPE, Json, pod, requirement
from scheduling.judged_pools import only
from scheduling.on_ec2 import AWS, PRIMARY, asked, efa_only, launched_type, node_class, on_ec2

from efadoctor.scheduling.karpenter import blockers as why
from efadoctor.scheduling.quantity import amounts


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
def test_what_is_left_for_pods_is_what_karpenter_says(
    name: str, amounts_left: dict[str, str]
) -> None:
    left = launched_type(name).allocatable
    assert {r: left[r] for r in amounts_left} == amounts(amounts_left)


def test_a_types_labels_are_those_of_the_provider() -> None:
    labels = {r.key: set(r.values) for r in launched_type("p4d.24xlarge").requirements}
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
        "instance-capability-flex": "false",
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
def test_category_and_generation_come_from_the_name(
    name: str, category: str, generation: str
) -> None:
    labels = launched_type(name).requirements
    assert labels.get(f"{AWS}/instance-category").values == {category}
    assert labels.get(f"{AWS}/instance-generation").values == {generation}


def test_a_requirement_on_generation_chooses_types() -> None:
    generation = requirement(f"{AWS}/instance-generation", "Gt", "4")
    category = requirement(f"{AWS}/instance-category", "In", "p")
    found = asked(
        pod(requests={EFA: "4", GPU: "8"}), on_ec2("pool", generation, category), node_class()
    )
    assert "p4d.24xlarge" not in found.instance_types
    assert {"p5.48xlarge", "p6-b200.48xlarge"} <= set(found.instance_types)


# ---- EFA: https://karpenter.sh/docs/concepts/nodeclasses/ (spec.networkInterfaces)


def test_interfaces_that_a_node_class_lists_decide_the_efa_capacity() -> None:
    listed = node_class(networkInterfaces=[PRIMARY, efa_only(0), efa_only(1)])
    assert launched_type("p5.48xlarge", node=listed).efa == 2


def test_listed_interfaces_without_efa_leave_none() -> None:
    found = asked(pod(requests={EFA: "1"}), on_ec2(), node_class(networkInterfaces=[PRIMARY]))
    (blocker,) = found.judgements["pool"].blockers
    assert isinstance(blocker, why.InsufficientTypes)
    assert (blocker.resource, blocker.most, blocker.most_known) == (EFA, 0, 0)


def test_types_without_room_for_the_listed_interfaces_cannot_be_launched() -> None:
    listed = node_class(networkInterfaces=[PRIMARY, *(efa_only(card) for card in range(8))])
    found = asked(pod(requests={EFA: "8"}), on_ec2(), listed)
    assert "p5.48xlarge" in found.instance_types
    assert "p4d.24xlarge" not in found.instance_types


# ---- what a NodeClass sets ---------------------------------------------------


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
def test_a_node_class_changes_what_is_left(spec: Json, resource: str, left: str) -> None:
    assert (
        launched_type("p4d.24xlarge", node=node_class(**spec)).allocatable[resource]
        == amounts({resource: left})[resource]
    )


def test_pool_limits_count_what_a_type_has_not_what_is_left() -> None:
    limited = on_ec2("pool", requirement(TYPE, "In", "p5.48xlarge"), limits={"cpu": "191500m"})
    limit = only(asked(pod(), limited, node_class()).judgements["pool"], why.LimitExceeded)
    assert (limit.needed, limit.limit) == (192_000, 191_500)


def test_auto_modes_labels_are_under_its_own_group() -> None:
    auto = on_ec2("pool", requirement("eks.amazonaws.com/instance-family", "In", "p5"))
    auto["spec"]["template"]["spec"]["nodeClassRef"] = {
        "group": "eks.amazonaws.com",
        "kind": "NodeClass",
        "name": "default",
    }
    found = asked(pod(requests={EFA: "32"}), auto)
    assert found.instance_types == ("p5.48xlarge",)

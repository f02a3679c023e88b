"""The node that Karpenter would launch on EC2: its labels, taints, devices and memory.

https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/types.go
"""

from typing import Any

import pytest
from provisioning import EFA, GPU, POOL, TYPE, ZONE, A, B, C, Json, pod, requirement, taint
from scheduling.on_ec2 import AWS, PRIMARY, cluster, efa_only, node_class, on_ec2, would_launch

from efadoctor.scheduling.karpenter import provision


def test_the_node_has_the_labels_taints_and_devices_that_it_would_have() -> None:
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


def test_without_a_request_for_efa_the_node_has_none() -> None:
    only = on_ec2("pool", requirement(TYPE, "In", "p5.48xlarge"))
    assert EFA not in would_launch(pod(requests={GPU: "8"}), only, node_class()).status.allocatable


def test_interfaces_that_the_class_lists_are_there_without_a_request() -> None:
    only = on_ec2("pool", requirement(TYPE, "In", "p5.48xlarge"))
    listed = node_class(networkInterfaces=[PRIMARY, efa_only(0), efa_only(1)])
    assert would_launch(pod(), only, listed).status.allocatable[EFA] == "2"


def test_where_nothing_fits_the_node_is_the_nearest_one() -> None:
    subject = pod(requests={EFA: "32", "cpu": "500"}, nodeSelector={ZONE: C, POOL: "other"})
    node = would_launch(subject, on_ec2(), node_class())
    assert node.metadata.labels[TYPE] in {"p5.48xlarge", "p5e.48xlarge"}
    assert node.metadata.labels[POOL] == "pool"
    assert node.status.allocatable[EFA] == "32"


def test_a_pool_that_leaves_no_type_still_has_a_nearest_node() -> None:
    node = would_launch(pod(), on_ec2("pool", requirement(TYPE, "In", "p5.48xlrge")), node_class())
    assert node.status.allocatable["cpu"]


def test_a_type_that_nobody_knows_is_taken_to_have_what_is_asked_for() -> None:
    only = on_ec2("pool", requirement(TYPE, "In", "p5.48xlarge", "p99.48xlarge"))
    node = would_launch(pod(requests={EFA: "64"}), only, node_class())
    assert node.metadata.labels[TYPE] == "p99.48xlarge"
    assert node.status.allocatable[EFA] == "64"


def test_a_label_that_the_pool_leaves_open_gets_some_value() -> None:
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
def test_memory_is_estimated_until_a_node_of_the_type_has_shown_it(
    objects: tuple[Json, ...], *, launched: bool
) -> None:
    snapshot = cluster(on_ec2(), node_class(), *objects)
    wanted = pod("train", {"memory": "1950Gi"}, nodeSelector={TYPE: "p5.48xlarge"})
    assert (provision(snapshot, wanted).nodepool is not None) is launched


def test_no_node_has_more_memory_than_its_type() -> None:
    snapshot = cluster(on_ec2(), node_class(), registered("9000Gi"))
    wanted = pod("train", {"memory": "2048Gi"}, nodeSelector={TYPE: "p5.48xlarge"})
    assert provision(snapshot, wanted).nodepool is None

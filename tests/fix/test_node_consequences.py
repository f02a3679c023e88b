"""What follows for nodes and machines: cordons, deletions, limits given back."""

from typing import Any

import pytest
from clusters import EFA_INSTANCE, EFA_NODE, Cluster, node
from faults.nodes import second_node
from faults.provisioning import training_group
from fix.settled import ALL, EFA, after, efa_plugin, kept_off, the_node
from fix.workloads import own

from efadoctor.fix.consequences.device_plugins import devices_of
from efadoctor.model.edits import append_to, remove_field
from efadoctor.model.fix import AwsCall, Deletion
from efadoctor.model.karpenter import NodeClaim, NodePool
from efadoctor.model.kubernetes import Node, NodeStatus, ObjectMeta, Pod
from efadoctor.model.reference import ObjectRef, reference
from efadoctor.scheduling.devices import Device
from efadoctor.scheduling.quantity import amounts


@pytest.mark.parametrize("nodes", [1, 0])
def test_a_group_of_another_template_has_its_nodes_replaced_and_says_so(nodes: int) -> None:
    cluster = Cluster()
    training_group(cluster)
    versions = cluster.aws["aws/ec2/describe-launch-template-versions"]
    versions.append(versions[-1] | {"VersionNumber": 2})
    if nodes:
        group = {"eks.amazonaws.com/nodegroup": "training"}
        cluster.add(node("old", "p5.48xlarge", "i-0old", **group))
    roll = AwsCall(
        service="eks",
        operation="update-nodegroup-version",
        parameters={
            "nodegroupName": "training",
            "launchTemplate": {"id": "lt-0training", "version": "2"},
        },
    )
    change = after(cluster.snapshot(), roll)
    said = [s for s in change.said if "node group training replaces" in s]
    assert len(said) == nodes
    assert change.after.get(Node, "old") is None


def test_an_uncordoned_node_loses_the_taint_of_the_cordon() -> None:
    cluster = Cluster()
    cluster.node["spec"]["unschedulable"] = True
    taint = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    cluster.node["spec"].setdefault("taints", []).append(taint)
    snapshot = cluster.snapshot()
    change = after(snapshot, remove_field(the_node(snapshot), "spec.unschedulable"))
    assert all(t.key != taint["key"] for t in the_node(change.after).spec.taints)


@pytest.mark.parametrize("kind", [NodeClaim, Node])
def test_a_deleted_machine_takes_node_claim_and_pods_with_it(kind: type[Any]) -> None:
    cluster = Cluster()
    own(cluster, "Job")
    cluster.pod["spec"]["nodeName"] = EFA_NODE
    snapshot = cluster.snapshot()
    name = EFA_NODE if kind is Node else "efa-abcde"
    change = after(snapshot, Deletion(target=reference(snapshot.get(kind, name))))
    assert change.after.get(Node, EFA_NODE) is None
    assert change.after.get(NodeClaim, "efa-abcde") is None
    assert not [p for p in change.after.all(Pod) if p.spec.node_name == EFA_NODE]
    again = change.after.get(Pod, "trainer", "ml")
    assert again is not None
    assert again.status.phase == "Pending"


def test_a_node_that_goes_gives_back_its_share_of_the_pools_limits() -> None:
    cluster = Cluster()
    second_node(cluster)
    cluster.node["status"]["capacity"]["cpu"] = "192"
    cluster.pool["status"]["resources"] = {"cpu": "384", "nodes": "2", "pods": "200"}
    snapshot = cluster.snapshot()
    claim = ObjectRef("karpenter.sh/v1", "NodeClaim", "", "efa-abcde")
    pool = after(snapshot, Deletion(target=claim)).after.all(NodePool)[0]
    assert amounts(pool.status.resources)["cpu"] == 192_000
    assert pool.status.resources["nodes"] == "1"


def test_a_pool_without_any_machine_uses_nothing_whatever_was_counted() -> None:
    cluster = Cluster()
    cluster.node["status"]["capacity"]["cpu"] = "191450m"
    cluster.pool["status"]["resources"] = {"cpu": "192", "nodes": "1"}
    claim = ObjectRef("karpenter.sh/v1", "NodeClaim", "", "efa-abcde")
    pool = after(cluster.snapshot(), Deletion(target=claim)).after.all(NodePool)[0]
    assert set(pool.status.resources.values()) == {"0"}


def test_quantities_that_are_none_count_for_nothing() -> None:
    cluster = kept_off()
    cluster.node["status"]["capacity"]["memory"] = "much"
    cluster.node["status"]["allocatable"][EFA] = "several"
    cluster.pool["status"]["resources"] = {"memory": "1Gi", "cpu": "lots"}
    second_node(cluster)
    snapshot = cluster.snapshot()
    mended = append_to(efa_plugin(snapshot), "spec.template.spec.tolerations", ALL)
    assert the_node(after(snapshot, mended).after).status.allocatable[EFA] != "several"
    claim = ObjectRef("karpenter.sh/v1", "NodeClaim", "", "efa-abcde")
    pool = after(snapshot, Deletion(target=claim)).after.all(NodePool)[0]
    assert amounts(pool.status.resources)["memory"] == 2**30


@pytest.mark.parametrize(
    "call",
    [
        AwsCall(
            service="ec2",
            operation="terminate-instances",
            parameters={"InstanceIds": [EFA_INSTANCE]},
        ),
        AwsCall(
            service="autoscaling",
            operation="terminate-instance-in-auto-scaling-group",
            parameters={"InstanceId": EFA_INSTANCE, "ShouldDecrementDesiredCapacity": False},
        ),
    ],
    ids=lambda c: c.operation,
)
def test_an_instance_that_is_terminated_takes_its_node_with_it(call: AwsCall) -> None:
    change = after(Cluster().snapshot(), call)
    assert change.after.get(Node, EFA_NODE) is None
    assert len(change.after.all(Node)) == len(Cluster().snapshot().all(Node)) - 1


def test_a_node_that_was_made_without_efa_for_a_pod_that_asks_for_none_has_none() -> None:
    made = Node(
        metadata=ObjectMeta(labels={"node.kubernetes.io/instance-type": "p5.48xlarge"}),
        status=NodeStatus(capacity={"nvidia.com/gpu": "8"}),
    )
    snapshot = Cluster().snapshot()
    assert [devices_of(snapshot, made, d) for d in (Device.GPU, Device.EFA)] == [8, 0]

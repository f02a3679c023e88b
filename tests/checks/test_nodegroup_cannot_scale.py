"""EFA210: node groups that add no node for the pod."""

from typing import Any

import pytest
from clusters import CLUSTER_SG, EFA_NODE, OTHER_ZONE, ZONE, Cluster, broken, node
from faults.pods import bound_pod
from faults.provisioning import nodegroup_cannot_scale, training_group
from questions import ask, causes, one, report, seen, status

from efadoctor.authoring import AwsCall

CODE = "EFA210"
TAG = "k8s.io/cluster-autoscaler/node-template/resources/vpc.amazonaws.com/efa"


def group(interfaces: int = 32, *, autoscaler: bool = True, **more: Any) -> Cluster:
    def fault(cluster: Cluster) -> None:
        training_group(cluster, interfaces, **more)
        if autoscaler:
            scaler = bound_pod("autoscaler", "ip-10-0-2-10.us-west-2.compute.internal")
            image = "registry.k8s.io/autoscaling/cluster-autoscaler:v1.33.0"
            scaler["spec"]["containers"][0]["image"] = image
            cluster.add(scaler)
        behind = cluster.aws["aws/autoscaling/describe-auto-scaling-groups"][-1]
        behind["Tags"].append({"Key": TAG, "Value": "32"})

    return broken(fault)


def sizes(least: int, most: int, desired: int) -> dict[str, int]:
    return {"minSize": least, "maxSize": most, "desiredSize": desired}


def keys(cluster: Cluster) -> list[str]:
    return [f.key for f in ask(CODE, cluster).findings]


def test_a_launch_template_without_efa_is_named() -> None:
    assert (CODE, "training") in causes(broken(nodegroup_cannot_scale))
    found = {f.key: f for f in ask(CODE, broken(nodegroup_cannot_scale)).findings}
    assert found["launch template"].object.short == "NodeGroup/training"
    assert "LaunchTemplateData.NetworkInterfaces" in seen(found["launch template"])


@pytest.mark.parametrize(("interfaces", "found"), [(0, 1), (3, 1), (4, 0), (32, 0)])
def test_it_must_have_as_many_interfaces_as_the_pod_asks_for(interfaces: int, found: int) -> None:
    assert keys(group(interfaces)) == ["launch template"] * found


@pytest.mark.parametrize("own_groups", [False, True])
def test_a_new_version_of_the_template_gives_each_card_an_interface_and_is_proved(
    *, own_groups: bool
) -> None:
    cluster = group(0)
    data = cluster.aws["aws/ec2/describe-launch-template-versions"][-1]["LaunchTemplateData"]
    if own_groups:
        data["SecurityGroupIds"] = ["sg-own"]
    found = report(cluster)
    fix = found.root_causes[0].fixes[0]
    made, rolled = fix.edits
    assert isinstance(made, AwsCall)
    interfaces = made.parameters["LaunchTemplateData"]["NetworkInterfaces"]
    assert [i["NetworkCardIndex"] for i in interfaces] == list(range(32))
    assert {i["DeviceIndex"] for i in interfaces[1:]} == {1}
    assert all(i["Groups"] == ["sg-own" if own_groups else CLUSTER_SG] for i in interfaces)
    assert ("describe-launch-template-versions" in fix.commands[0]) == own_groups
    assert isinstance(rolled, AwsCall)
    assert rolled.operation == "update-nodegroup-version"
    assert found.plan is not None
    assert found.plan.verified is True, found.plan.why


def test_a_group_without_a_launch_template_has_no_efa() -> None:
    cluster = group(launchTemplate=None, instanceTypes=["p5.48xlarge"])
    assert keys(cluster) == ["launch template"]


def test_nodes_that_lack_efa_are_replaced_with_the_template() -> None:
    def existing(cluster: Cluster) -> None:
        training_group(cluster, 0, scalingConfig=sizes(0, 1, 1))
        made = node(
            EFA_NODE, "p5.48xlarge", "i-0t", ZONE, **{"eks.amazonaws.com/nodegroup": "training"}
        )
        cluster.add(made)

    assert keys(broken(existing)) == ["launch template"]


def test_a_group_at_its_maximum_is_named_with_its_sizes() -> None:
    cluster = group(scalingConfig=sizes(0, 2, 2))
    finding = one(CODE, cluster)
    assert finding.key == "maximum"
    assert seen(finding)["scalingConfig.maxSize"] == 2
    assert causes(cluster) == [(CODE, "training")]


def test_a_group_whose_launches_fail_is_short_of_capacity_not_of_room() -> None:
    message = "Could not launch On-Demand Instances. InsufficientInstanceCapacity - sorry"
    issue = {"code": "AsgInstanceLaunchFailures", "message": message, "resourceIds": []}
    cluster = group(scalingConfig=sizes(0, 1, 1), health={"issues": [issue]})
    assert keys(cluster) == []
    assert causes(cluster) == [("EFA208", "training")]


def test_a_group_for_gpus_alone_has_a_maximum_too() -> None:
    cluster = group(scalingConfig=sizes(0, 2, 2))
    for amounts in cluster.pod["spec"]["containers"][0]["resources"].values():
        del amounts["vpc.amazonaws.com/efa"]
    assert keys(cluster) == ["maximum"]


def test_a_group_that_nothing_scales_is_named() -> None:
    assert keys(group(autoscaler=False)) == ["size"]


def test_cluster_autoscaler_must_be_told_that_an_empty_group_has_efa() -> None:
    cluster = group()
    assert keys(cluster) == []
    cluster.aws["aws/autoscaling/describe-auto-scaling-groups"][-1]["Tags"] = []
    assert keys(cluster) == ["tags"]
    plan = report(cluster).plan
    assert plan is not None
    assert plan.verified is True, plan.why


def test_a_group_of_several_zones_cannot_be_told_which() -> None:
    cluster = group(subnets=["subnet-0a", "subnet-0b"])
    assert keys(cluster) == []
    cluster.pod["spec"]["nodeSelector"]["topology.kubernetes.io/zone"] = OTHER_ZONE
    assert keys(cluster) == ["zones"]


def test_a_group_that_eks_calls_degraded_is_named() -> None:
    issue = {"code": "Ec2SubnetInvalidConfiguration", "message": "", "resourceIds": []}
    assert keys(group(health={"issues": [issue]}))[0] == "health"


def test_a_group_of_another_type_is_not_meant() -> None:
    assert status(CODE, broken()) == "pass"


def test_a_group_that_grows_is_waited_for() -> None:
    cluster = group(scalingConfig=sizes(0, 4, 1))
    cluster.pod["metadata"]["creationTimestamp"] = "2026-11-20T09:55:00Z"
    found = ask(CODE, cluster)
    assert found.findings == ()
    assert len(found.awaited) == 1


def test_without_launch_templates_they_are_not_blamed() -> None:
    cluster = group(0).unread_sources("aws/ec2/describe-launch-template-versions")
    assert "launch template" not in keys(cluster)


def test_without_node_groups_it_cannot_be_told() -> None:
    cluster = broken(nodegroup_cannot_scale).unread_sources("aws/eks/describe-nodegroup")
    assert status(CODE, cluster) == "unknown"


def test_a_group_that_still_grows_to_its_maximum_is_waited_for() -> None:
    cluster = group(scalingConfig=sizes(0, 2, 2))
    assert keys(cluster) == ["maximum"]
    cluster.pod["metadata"]["creationTimestamp"] = "2026-11-20T09:57:00Z"
    assert keys(cluster) == []


def test_a_group_that_was_never_made_wants_for_nothing_else() -> None:
    def never_made(cluster: Cluster) -> None:
        group = training_group(cluster, status="CREATE_FAILED")
        group["scalingConfig"] |= {"maxSize": 2, "desiredSize": 2}
        issue = {"code": "Ec2SubnetInvalidConfiguration", "message": "no public addresses"}
        group["health"] = {"issues": [issue]}

    finding = one(CODE, broken(never_made))
    assert "Ec2SubnetInvalidConfiguration" in finding.summary
    assert seen(finding)["health.issues[0].message"] == "no public addresses"

"""EFA209: launches that EC2 refuses."""

import pytest
from clusters import Cluster, broken, condition
from faults.pods import asking
from faults.provisioning import claim_with, event, launch_refused, requiring, training_group
from questions import ask, causes, one, seen, status

from efadoctor.authoring import AwsCall, Path
from efadoctor.model.kubernetes import Node, ObjectMeta
from efadoctor_checks._launch_quotas import quota_request

CODE = "EFA209"


def test_the_reason_of_the_nodeclaim_is_named_on_its_pool() -> None:
    assert causes(broken(launch_refused)) == [(CODE, "efa")]
    finding = one(CODE, broken(launch_refused))
    assert finding.object.kind == "NodePool"
    assert seen(finding)["status.conditions[0].reason"] == "VCPULimitExceeded"
    assert "quota" in finding.summary


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("Unauthorized", "not authorized"),
        ("LaunchTemplateNotFound", "launch template"),
        ("InsufficientFreeAddressesInSubnet", "free addresses"),
        ("InvalidAMIID", "AMI"),
        ("SecurityGroupSubnetVPCMismatch", "one VPC"),
        ("AccountPendingVerification", "account"),
        ("LaunchFailed", "refused"),
    ],
)
def test_each_reason_is_told_in_words(reason: str, said: str) -> None:
    cluster = broken(lambda c: claim_with(c, reason))
    assert said in one(CODE, cluster).summary
    assert causes(cluster) == [(CODE, "efa")]


def test_a_launch_that_is_under_way_is_none_that_failed() -> None:
    cluster = broken(lambda c: claim_with(c, "AwaitingReconciliation"))
    cluster.claim["metadata"]["creationTimestamp"] = "2026-11-20T09:58:00Z"
    assert ask(CODE, cluster).findings == ()


def test_the_pools_own_condition_outlives_the_nodeclaim() -> None:
    def remembered(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        listed = cluster.pool["status"]["conditions"]
        listed[:] = [c for c in listed if c["type"] != "NodeRegistrationHealthy"]
        listed.append(condition("NodeRegistrationHealthy", "False", "VCPULimitExceeded"))

    assert causes(broken(remembered)) == [(CODE, "efa")]


def test_a_lack_of_capacity_is_not_a_refusal() -> None:
    cluster = broken(Cluster.without_nodes_of_pool)
    cluster.add(event("InsufficientCapacityError"))
    assert ask(CODE, cluster).findings == ()


@pytest.mark.parametrize(("free", "found"), [(3, 1), (32, 0), (4000, 0)])
def test_a_subnet_must_have_an_address_for_each_card(free: int, found: int) -> None:
    def full(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        for subnet in cluster.aws["aws/ec2/describe-subnets"]:
            subnet["AvailableIpAddressCount"] = free

    assert len(ask(CODE, broken(full)).findings) == found


def test_a_full_subnet_in_another_zone_does_no_harm() -> None:
    def elsewhere(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        cluster.aws["aws/ec2/describe-subnets"][1]["AvailableIpAddressCount"] = 0

    assert ask(CODE, broken(elsewhere)).findings == ()


def test_a_pod_without_efa_needs_one_address() -> None:
    def small(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        asking(cluster, "vpc.amazonaws.com/efa", None)
        for subnet in cluster.aws["aws/ec2/describe-subnets"]:
            subnet["AvailableIpAddressCount"] = 3

    assert ask(CODE, broken(small)).findings == ()


def test_a_node_groups_issue_is_told_by_its_code() -> None:
    def refused(cluster: Cluster) -> None:
        issue = {"code": "InstanceLimitExceeded", "message": "vCPU limit", "resourceIds": []}
        training_group(cluster, health={"issues": [issue]})

    finding = one(CODE, broken(refused))
    assert finding.object.short == "NodeGroup/training"
    assert seen(finding)["health.issues[0].code"] == "InstanceLimitExceeded"


def test_without_nodes_it_cannot_be_told() -> None:
    cluster = broken(launch_refused).unread_sources("cluster/nodes")
    assert status(CODE, cluster) == "unknown"


@pytest.mark.parametrize(
    ("family", "code"), [("p", "L-417A185B"), ("g", "L-DB2E81BA")], ids=["P", "G"]
)
def test_the_quota_that_is_raised_is_that_of_the_types_family(family: str, code: str) -> None:
    cluster = broken(launch_refused)
    requiring(cluster, "karpenter.k8s.aws/instance-category", family)
    cluster.claim["spec"]["requirements"] = []
    amounts = cluster.pod["spec"]["containers"][0]["resources"]
    for asked in amounts.values():
        asked |= {"vpc.amazonaws.com/efa": "1", "nvidia.com/gpu": "1"}
    cluster.remove("NodeClaim", "efa-abcde")
    cluster.add(event("VCPULimitExceeded"))
    (fix,) = one("EFA209", cluster).fixes
    (call,) = fix.edits
    assert isinstance(call, AwsCall)
    assert call.parameters["QuotaCode"] == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("p4de.24xlarge", "L-7212CCBC"),
        ("p5en.48xlarge", "L-C4BD4855"),
        ("p6-b200.48xlarge", None),
        ("g6e.48xlarge", "L-3819A6DF"),
        ("gr6.8xlarge", "L-3819A6DF"),
        ("trn1n.32xlarge", "L-6B0D517C"),
        ("inf2.48xlarge", "L-B5D1601B"),
        ("hpc7a.96xlarge", None),
        ("c7i.48xlarge", "L-34B43A08"),
    ],
)
def test_spot_has_quotas_of_its_own(name: str, code: str | None) -> None:
    node = Node(
        api_version="v1",
        kind="Node",
        metadata=ObjectMeta(name="n", labels={"node.kubernetes.io/instance-type": name}),
    )
    call = quota_request(Path.of_node(node), "MaxSpotInstanceCountExceeded")
    assert (call.parameters["QuotaCode"] if call else None) == code


def test_the_message_of_the_launch_is_shown_beside_its_reason() -> None:
    text = "no instance types satisfy requirements of amis"

    def failed(cluster: Cluster) -> None:
        claim_with(cluster, "LaunchFailed")
        cluster.claim["status"]["conditions"][0]["message"] = text

    assert seen(one(CODE, broken(failed)))["status.conditions[0].message"] == text


def test_a_group_that_could_not_be_made_for_want_of_instances_is_not_blamed_itself() -> None:
    def never_made(cluster: Cluster) -> None:
        group = training_group(cluster, status="CREATE_FAILED")
        group["scalingConfig"] = {"minSize": 0, "maxSize": 2, "desiredSize": 2}
        text = "Could not launch On-Demand Instances. InvalidParameterValue - no EFA on card 0"
        issue = {"code": "AsgInstanceLaunchFailures", "message": text}
        group["health"] = {"issues": [issue]}

    assert causes(broken(never_made)) == [(CODE, "training")]
    assert "launch template" in one(CODE, broken(never_made)).summary


def test_a_code_of_eks_for_any_failed_launch_is_enough() -> None:
    def unheard_of(cluster: Cluster) -> None:
        group = training_group(cluster)
        issue = {"code": "AsgInstanceLaunchFailures", "message": "SomethingNew - of today"}
        group["health"] = {"issues": [issue]}

    assert causes(broken(unheard_of)) == [(CODE, "training")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("We currently do not have sufficient capacity in the zone. Wait.", "EFA208"),
        ("You have requested more vCPU capacity than your current vCPU limit of 0.", CODE),
        ("Something of tomorrow. Launching EC2 instance failed.", CODE),
        ("", CODE),
    ],
)
def test_a_failed_activity_without_a_code_is_told_by_how_it_begins(text: str, code: str) -> None:
    def failed(cluster: Cluster) -> None:
        scaling = {"minSize": 0, "maxSize": 4, "desiredSize": 1}
        training_group(cluster, scalingConfig=scaling)
        activity = {
            "AutoScalingGroupName": "eks-training",
            "StatusCode": "Failed",
            "StatusMessage": text,
            "StartTime": "2026-11-20T09:50:00Z",
        }
        cluster.aws["aws/autoscaling/describe-scaling-activities"] = [activity]

    assert causes(broken(failed)) == [(code, "training")]
    assert text.partition(".")[0] in one(code, broken(failed)).summary

"""EFA804: settings that do nothing."""

import base64

import pytest
from clusters import Cluster, broken
from faults import runtime
from faults.provisioning import training_group
from faults.runtime import cni, user_data
from mending import left_after_fix
from questions import ask, one, report, seen, status

CODE = "EFA804"
LIMITS = "echo '* hard memlock unlimited' >> /etc/security/limits.conf"


def test_limits_of_logins_in_user_data_are_named() -> None:
    finding = one(CODE, broken(runtime.setting_without_effect))
    assert (finding.object.kind, finding.object.name) == ("EC2NodeClass", "efa")
    assert "/etc/security/limits.d" in seen(finding)["spec.userData"]


def test_a_variable_that_the_cni_does_not_have_is_named_and_taken_out() -> None:
    def enabled(cluster: Cluster) -> None:
        cni(cluster, WARM_ENI_TARGET="1", ENABLE_EFA_SUPPORT="true")

    finding = one(CODE, broken(enabled))
    assert (finding.object.kind, finding.object.name) == ("DaemonSet", "aws-node")
    assert list(seen(finding)) == ["spec.template.spec.containers[0].env[1].name"]
    assert left_after_fix(CODE, broken(enabled)) == 0


def test_both_are_two_findings_and_warnings() -> None:
    def both(cluster: Cluster) -> None:
        runtime.setting_without_effect(cluster)
        cni(cluster, ENABLE_EFA_SUPPORT="true")

    found = report(broken(both))
    assert [f.code for f in found.warnings] == [CODE, CODE]
    assert found.verdict.value == "schedulable"


@pytest.mark.parametrize(
    ("line", "right"),
    [
        (LIMITS, False),
        ("ulimit -l unlimited", False),
        ("ulimit -Hs 65536", False),
        ("ulimit -n 1048576", True),
        (f"# {LIMITS}", True),
        ("echo hello", True),
    ],
)
def test_only_limits_of_memory_and_stack_are_meant_for_efa(line: str, *, right: bool) -> None:
    def change(cluster: Cluster) -> None:
        user_data(cluster, line)

    assert status(CODE, broken(change)) == ("pass" if right else "warn")


def test_where_the_runtimes_own_limit_is_raised_what_was_wanted_is_there() -> None:
    def both(cluster: Cluster) -> None:
        user_data(cluster, LIMITS, "LimitMEMLOCK=infinity")

    assert status(CODE, broken(both)) == "pass"


def test_the_user_data_of_a_launch_template_is_read() -> None:
    def of_template(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        cluster.remove("NodePool", "efa")
        cluster.aws["aws/eks/describe-nodegroup"][0]["instanceTypes"] = ["p5.48xlarge"]
        template = cluster.aws["aws/ec2/describe-launch-template-versions"][0]
        text = base64.b64encode(LIMITS.encode()).decode()
        template["LaunchTemplateData"]["UserData"] = text

    finding = one(CODE, broken(of_template))
    assert (finding.object.kind, seen(finding)) == (
        "LaunchTemplate",
        {"LaunchTemplateData.UserData": LIMITS},
    )


def test_user_data_that_is_no_base64_or_no_text_breaks_nothing() -> None:
    def garbled(cluster: Cluster) -> None:
        cluster.aws["aws/eks/describe-nodegroup"][0]["instanceTypes"] = ["p5.48xlarge"]
        template = cluster.aws["aws/ec2/describe-launch-template-versions"][0]
        template["LaunchTemplateData"]["UserData"] = "//79\x00="

    assert ask(CODE, broken(garbled)).unknown() == ()


def test_user_data_of_nodes_that_the_pod_does_not_get_is_its_owners_business() -> None:
    def elsewhere(cluster: Cluster) -> None:
        other = {**cluster.nodeclass, "metadata": {"name": "web"}}
        other["spec"] = {**other["spec"], "userData": LIMITS}
        cluster.add(other)

    assert status(CODE, broken(elsewhere)) == "pass"


def test_other_images_may_have_the_variable() -> None:
    def own(cluster: Cluster) -> None:
        made = cni(cluster, ENABLE_EFA_SUPPORT="true")
        made["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/agent:1"

    assert status(CODE, broken(own)) == "pass"


def test_a_healthy_cluster_gets_nothing_and_unread_daemonsets_no_verdict() -> None:
    def healthy(cluster: Cluster) -> None:
        cni(cluster, WARM_ENI_TARGET="1")

    assert status(CODE, broken(healthy)) == "pass"
    unread = broken(runtime.setting_without_effect).unread_sources("cluster/daemonsets.apps")
    assert status(CODE, unread) == "unknown"


def test_of_a_node_group_whose_launch_template_was_not_read_it_cannot_be_told() -> None:
    def of_group(cluster: Cluster) -> None:
        training_group(cluster)

    unread = broken(of_group).unread_sources("aws/ec2/describe-launch-template-versions")
    assert status(CODE, unread) == "unknown"
    assert status(CODE, broken(of_group)) == "pass"


def test_of_a_node_whose_node_group_was_not_read_it_cannot_be_told() -> None:
    def of_group(cluster: Cluster) -> None:
        labels = cluster.node["metadata"]["labels"]
        labels.pop("karpenter.k8s.aws/ec2nodeclass", None)
        labels["eks.amazonaws.com/nodegroup"] = "training"

    unread = broken(of_group).unread_sources("aws/eks/describe-nodegroup")
    assert status(CODE, unread) == "unknown"

"""EFA703: a group that nothing launches into."""

from collections.abc import Callable

import pytest
from clusters import ZONE, Cluster, broken
from faults import placement
from faults.placement import GROUP, add_group, add_instance, add_reservation, names
from faults.provisioning import training_group
from mending import left_after_fix
from questions import one, report, seen, status

CODE = "EFA703"


def test_a_group_that_nothing_names_is_named() -> None:
    finding = one(CODE, broken(placement.placement_group_unused))
    assert finding.object.name == GROUP
    assert seen(finding) == {"GroupName": GROUP, "spec.placementGroupSelector": None}


def test_naming_it_in_the_nodeclass_removes_it() -> None:
    assert left_after_fix(CODE, broken(placement.placement_group_unused)) == 0


def test_it_is_a_warning() -> None:
    found = report(broken(placement.placement_group_unused))
    assert (found.verdict.value, [f.code for f in found.warnings]) == ("schedulable", [CODE])


def reservation_in_it(cluster: Cluster) -> None:
    add_reservation(cluster, GROUP)


def instance_in_it(cluster: Cluster) -> None:
    add_instance(cluster, ZONE)


def template_names_it(cluster: Cluster) -> None:
    template = cluster.aws["aws/ec2/describe-launch-template-versions"][0]
    template["LaunchTemplateData"]["Placement"] = {"GroupName": GROUP}


def scaling_group_names_it(cluster: Cluster) -> None:
    cluster.aws["aws/autoscaling/describe-auto-scaling-groups"] = [
        {"AutoScalingGroupName": "asg", "PlacementGroup": GROUP}
    ]


@pytest.mark.parametrize(
    "user", [names, reservation_in_it, instance_in_it, template_names_it, scaling_group_names_it]
)
def test_a_group_that_anything_uses_is_used(user: Callable[[Cluster], None]) -> None:
    assert status(CODE, broken(placement.placement_group_unused, user)) == "pass"


def test_an_instance_that_is_gone_uses_nothing() -> None:
    def gone(cluster: Cluster) -> None:
        add_group(cluster)
        add_instance(cluster, ZONE)["State"] = {"Name": "terminated"}

    assert status(CODE, broken(gone)) == "warn"


@pytest.mark.parametrize(
    ("name", "tags", "ours"),
    [
        ("prod", {}, True),
        ("prod-efa", {}, True),
        ("prod_efa", {}, True),
        ("production", {}, False),
        ("efa", {}, False),
        ("efa", {"cluster": "prod"}, True),
        ("efa", {"kubernetes.io/cluster/prod": "owned"}, True),
        ("prod-efa", {"kubernetes.io/cluster/staging": "owned"}, False),
        ("prod-efa", {"eks:cluster-name": "staging"}, False),
        ("efa", {"eks:cluster-name": "prod"}, True),
    ],
)
def test_a_group_is_the_clusters_by_tag_or_by_name(
    name: str, tags: dict[str, str], *, ours: bool
) -> None:
    def made(cluster: Cluster) -> None:
        add_group(cluster, name)["Tags"] = [{"Key": k, "Value": v} for k, v in tags.items()]

    assert status(CODE, broken(made)) == ("warn" if ours else "pass")


def test_a_spread_group_is_for_something_else() -> None:
    def spread(cluster: Cluster) -> None:
        add_group(cluster, strategy="spread")

    assert status(CODE, broken(spread)) == "pass"


def test_a_karpenter_without_the_field_is_not_told_to_set_it() -> None:
    def old(cluster: Cluster) -> None:
        add_group(cluster)
        cluster.add(
            {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {"name": "ec2nodeclasses.karpenter.k8s.aws"},
                "spec": {"versions": []},
            }
        )

    assert [f.edits for f in one(CODE, broken(old)).fixes] == [()]


def test_a_healthy_cluster_gets_nothing_and_unread_groups_no_verdict() -> None:
    assert status(CODE, broken()) == "pass"
    for source in ("aws/ec2/describe-placement-groups", "aws/ec2/describe-instances"):
        unread = broken(placement.placement_group_unused).unread_sources(source)
        assert status(CODE, unread) == "unknown"


def test_of_a_node_group_whose_launch_template_was_not_read_it_cannot_be_told() -> None:
    def of_group(cluster: Cluster) -> None:
        add_group(cluster)
        training_group(cluster)

    unread = broken(of_group).unread_sources("aws/ec2/describe-launch-template-versions")
    assert status(CODE, unread) == "unknown"
    assert status(CODE, broken(of_group)) == "warn"

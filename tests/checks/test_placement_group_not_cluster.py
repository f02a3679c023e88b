"""EFA702: a group that spreads instances apart."""

import pytest
from clusters import EFA_INSTANCE, Cluster, broken
from faults import placement
from faults.placement import GROUP, add_group, names
from faults.provisioning import training_group
from mending import left_after_fix
from questions import one, seen, status

from efadoctor.model.fix import AwsCall

CODE = "EFA702"


@pytest.mark.parametrize("strategy", ["spread", "partition"])
def test_a_group_of_another_strategy_is_named(strategy: str) -> None:
    def other(cluster: Cluster) -> None:
        add_group(cluster, strategy=strategy)
        names(cluster)

    finding = one(CODE, broken(other))
    assert finding.object.name == GROUP
    assert seen(finding)["Strategy"] == strategy


def test_another_group_made_and_named_removes_it() -> None:
    assert left_after_fix(CODE, broken(placement.placement_group_not_cluster)) == 0


def test_a_node_that_is_in_such_a_group_is_told_whoever_launched_it() -> None:
    def inside(cluster: Cluster) -> None:
        add_group(cluster, strategy="partition")
        cluster.instance["Placement"]["GroupName"] = GROUP

    finding = one(CODE, broken(inside))
    assert finding.object.name == GROUP
    assert seen(finding)["Placement.GroupName"] == GROUP
    (fix,) = finding.fixes
    assert EFA_INSTANCE in fix.title


def test_a_group_that_is_named_and_entered_is_told_once() -> None:
    def both(cluster: Cluster) -> None:
        add_group(cluster, strategy="spread")
        names(cluster)
        cluster.instance["Placement"]["GroupName"] = GROUP

    assert "spec.placementGroupSelector.name" in seen(one(CODE, broken(both)))


def test_a_spread_group_that_nobody_names_is_no_business_of_the_pods() -> None:
    def unnamed(cluster: Cluster) -> None:
        add_group(cluster, strategy="spread")

    assert status(CODE, broken(unnamed)) == "pass"


def test_a_cluster_group_is_right() -> None:
    def right(cluster: Cluster) -> None:
        add_group(cluster)
        names(cluster)

    assert status(CODE, broken(right)) == "pass"


def test_a_healthy_cluster_gets_nothing_and_unread_groups_no_verdict() -> None:
    assert status(CODE, broken()) == "pass"
    unread = broken(placement.placement_group_not_cluster)
    unread.unread_sources("aws/ec2/describe-placement-groups")
    assert status(CODE, unread) == "unknown"


def test_a_launch_template_gets_a_version_that_names_the_other_group() -> None:
    def by_template(cluster: Cluster) -> None:
        training_group(cluster)
        template = cluster.aws["aws/ec2/describe-launch-template-versions"][-1]
        template["LaunchTemplateData"]["Placement"] = {"GroupName": GROUP}
        add_group(cluster, strategy="spread")

    cluster = broken(by_template)
    (fix,) = one(CODE, cluster).fixes
    calls = [e for e in fix.edits if isinstance(e, AwsCall)]
    assert [c.operation for c in calls] == [
        "create-placement-group",
        "create-launch-template-version",
        "update-nodegroup-version",
    ]
    made = calls[1].parameters["LaunchTemplateData"]
    assert made == {"Placement": {"GroupName": f"{GROUP}-cluster"}}
    assert "says of placement is replaced" in fix.warning
    assert left_after_fix(CODE, cluster) == 0

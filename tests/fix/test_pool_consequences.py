"""What follows for NodeClasses and NodePools that were not ready."""

from typing import Any

import pytest
from clusters import Cluster
from fix.settled import after

from efadoctor.model import aws
from efadoctor.model.edits import set_field
from efadoctor.model.fix import AwsCall
from efadoctor.model.karpenter import EC2NodeClass, NodePool
from efadoctor.model.kubernetes import Pod
from efadoctor.model.reference import reference


def not_ready(cluster: Cluster) -> None:
    conditions = cluster.nodeclass["status"]["conditions"]
    for condition in conditions:
        if condition["type"] in ("SubnetsReady", "ValidationSucceeded", "Ready"):
            condition["status"] = "False"
            condition["reason"] = "DependenciesNotReady"
    if not any(c["type"] == "SubnetsReady" for c in conditions):
        conditions.append({"type": "SubnetsReady", "status": "False", "reason": "SubnetsNotFound"})
    cluster.nodeclass["spec"]["subnetSelectorTerms"] = [
        {"tags": {"karpenter.sh/discovery": "typo"}}
    ]
    for condition in cluster.pool["status"]["conditions"]:
        if condition["type"] in ("NodeClassReady", "Ready"):
            condition["status"] = "False"


def ready(view: Any) -> str:
    found: str = next(c.status for c in view.status.conditions if c.type == "Ready")
    return found


@pytest.mark.parametrize("value", ["prod", "*"])
def test_a_node_class_whose_selector_now_matches_is_ready_and_so_is_its_pool(value: str) -> None:
    cluster = Cluster()
    not_ready(cluster)
    snapshot = cluster.snapshot()
    node_class = snapshot.all(EC2NodeClass)[0]
    edit = set_field(
        node_class, 'spec.subnetSelectorTerms[0].tags["karpenter.sh/discovery"]', value
    )
    change = after(snapshot, edit)
    assert ready(change.after.all(EC2NodeClass)[0]) == "True"
    assert change.after.all(EC2NodeClass)[0].status.subnets
    assert ready(change.after.all(NodePool)[0]) == "True"


def test_a_tag_on_a_subnet_does_the_same() -> None:
    cluster = Cluster()
    not_ready(cluster)
    snapshot = cluster.snapshot()
    subnet = snapshot.all(aws.Subnet)[0].subnet_id
    tags = [{"Key": "karpenter.sh/discovery", "Value": "typo"}]
    edit = AwsCall(
        service="ec2", operation="create-tags", parameters={"Resources": [subnet], "Tags": tags}
    )
    assert ready(after(snapshot, edit).after.all(NodePool)[0]) == "True"


def test_a_selector_that_still_matches_nothing_leaves_the_class_as_it_is() -> None:
    cluster = Cluster()
    not_ready(cluster)
    snapshot = cluster.snapshot()
    node_class = snapshot.all(EC2NodeClass)[0]
    edit = set_field(
        node_class, 'spec.subnetSelectorTerms[0].tags["karpenter.sh/discovery"]', "other-typo"
    )
    assert ready(after(snapshot, edit).after.all(NodePool)[0]) == "False"


def test_what_aws_was_not_asked_about_stays_unresolved() -> None:
    cluster = Cluster()
    not_ready(cluster)
    cluster.unread_sources("aws/ec2/describe-subnets")
    snapshot = cluster.snapshot()
    node_class = snapshot.all(EC2NodeClass)[0]
    edit = set_field(
        node_class, 'spec.subnetSelectorTerms[0].tags["karpenter.sh/discovery"]', "prod"
    )
    assert ready(after(snapshot, edit).after.all(NodePool)[0]) == "False"


def test_a_change_that_leads_to_nothing_is_itself() -> None:
    snapshot = Cluster().snapshot()
    pod = snapshot.get(Pod, "trainer", "ml")
    change = after(snapshot, set_field(pod, "metadata.labels.a", "b"))
    assert [reference(v) for v in change.replaced] == [reference(pod)]
    assert not change.removed
    assert not change.said

"""One edit on a copy of the snapshot."""

import pytest
from clusters import NODE_ROLE, NODE_SG, Cluster
from fix.workloads import own

from efadoctor.fix.apply import apply, apply_all, changes_something
from efadoctor.model import aws
from efadoctor.model.edits import append_to, set_field
from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.fix import (
    AwsCall,
    Command,
    Creation,
    Deletion,
    Operation,
    Patch,
    Recreation,
)
from efadoctor.model.kubernetes import Node, Pod, Toleration
from efadoctor.model.reference import ObjectRef, reference
from efadoctor.model.snapshot import Snapshot

POD = ObjectRef("v1", "Pod", "ml", "trainer")


def call(service: str, operation: str, **parameters: object) -> AwsCall:
    return AwsCall(service=service, operation=operation, parameters=parameters)


def pod(snapshot: Snapshot) -> Pod:
    found = snapshot.get(Pod, "trainer", "ml")
    assert found is not None
    return found


def test_a_patch_changes_the_copy_and_not_the_original() -> None:
    snapshot = Cluster().snapshot()
    edit = append_to(pod(snapshot), "spec.tolerations", Toleration(key="k"))
    after = apply(snapshot, edit).after
    assert Toleration(key="k") in pod(after).spec.tolerations
    assert Toleration(key="k") not in pod(snapshot).spec.tolerations


def test_a_patch_is_refused_where_the_object_changed_since_it_was_read() -> None:
    snapshot = Cluster().snapshot()
    edit = append_to(pod(snapshot), "spec.tolerations", Toleration(key="k"))
    changed = apply(snapshot, edit).after
    with pytest.raises(InvalidPatchError, match="/spec/tolerations is not as it was read"):
        apply(changed, edit)


@pytest.mark.parametrize(
    "operation",
    [
        Operation(op="remove", path="/spec/nothing"),
        Operation(op="add", path="/spec/a/b/c", value=1),
        Operation(op="replace", path="/spec/containers", value="text"),
        Operation(op="leap", path="/spec"),
        Operation(op="add", path="no-pointer", value=1),
    ],
)
def test_a_patch_that_does_not_fit_is_refused_with_the_name_of_the_object(
    operation: Operation,
) -> None:
    with pytest.raises(InvalidPatchError, match="Pod/trainer"):
        apply(Cluster().snapshot(), Patch(target=POD, operations=(operation,)))


def test_an_object_that_is_gone_is_refused() -> None:
    gone = ObjectRef("v1", "Pod", "ml", "gone")
    with pytest.raises(InvalidPatchError, match="gone"):
        apply(Cluster().snapshot(), Deletion(target=gone))


def test_a_pod_made_anew_is_unbound_and_pending() -> None:
    cluster = Cluster()
    cluster.pod["spec"]["nodeName"] = "somewhere"
    cluster.pod["status"] = {"phase": "Running"}
    snapshot = cluster.snapshot()
    edit = set_field(pod(snapshot), "spec.nodeSelector.a", "b")
    after = apply(snapshot, Recreation(target=POD, operations=edit.operations)).after
    assert pod(after).spec.node_name == ""
    assert pod(after).status.phase == "Pending"
    assert pod(after).spec.node_selector["a"] == "b"


def test_a_workload_made_anew_loses_its_pods() -> None:
    cluster = Cluster()
    own(cluster, "Job")
    job = ObjectRef("batch/v1", "Job", "ml", "train")
    change = apply(cluster.snapshot(), Recreation(target=job, operations=()))
    assert [reference(v) for v in change.removed] == [POD]


def test_a_new_object_has_a_uid_by_which_its_pods_can_name_it() -> None:
    body = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "d", "namespace": "n"},
    }
    change = apply(Cluster().snapshot(), Creation(body=body))
    assert change.replaced[0].metadata.uid


def test_a_new_object_of_no_known_kind_is_refused() -> None:
    with pytest.raises(InvalidPatchError, match="Widget"):
        apply(Cluster().snapshot(), Creation(body={"apiVersion": "x/v1", "kind": "Widget"}))


def test_a_command_comes_to_its_effect() -> None:
    patch = set_field(Cluster().snapshot().all(Node)[0], "spec.unschedulable", value=True)
    command = Command(argv=("kubectl", "cordon", "x"), effect=(patch,))
    after = apply(Cluster().snapshot(), command).after
    assert after.all(Node)[0].spec.unschedulable
    assert changes_something(command)
    assert not changes_something(Command(argv=("kubectl", "logs", "x")))


def test_edits_in_a_row_see_each_other() -> None:
    snapshot = Cluster().snapshot()
    first = append_to(pod(snapshot), "spec.tolerations", Toleration(key="a"))
    middle = apply(snapshot, first).after
    second = append_to(pod(middle), "spec.tolerations", Toleration(key="b"))
    change = apply_all(snapshot, (first, second))
    assert [t.key for t in pod(change.after).spec.tolerations[-2:]] == ["a", "b"]
    assert len(change.replaced) == 1


# ---- AWS --------------------------------------------------------------------


def test_an_egress_rule_is_added_once() -> None:
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": NODE_SG}]}
    edit = call("ec2", "authorize-security-group-egress", GroupId=NODE_SG, IpPermissions=[rule])
    snapshot = Cluster().snapshot()
    before = snapshot.get(aws.SecurityGroup, NODE_SG)
    once = apply(snapshot, edit).after
    twice = apply(once, edit).after
    after = twice.get(aws.SecurityGroup, NODE_SG)
    assert before is not None
    assert after is not None
    assert len(after.ip_permissions_egress) - len(before.ip_permissions_egress) <= 1
    assert any(
        p.group_id == NODE_SG for r in after.ip_permissions_egress for p in r.user_id_group_pairs
    )


def test_a_placement_group_that_is_made_is_available() -> None:
    edit = call("ec2", "create-placement-group", GroupName="g", Strategy="cluster")
    made = apply(Cluster().snapshot(), edit).after.get(aws.PlacementGroup, "g")
    assert made is not None
    assert (made.state, made.strategy) == ("available", "cluster")


def test_a_subnet_takes_a_tag_in_place_of_its_old_value() -> None:
    snapshot = Cluster().snapshot()
    subnet = snapshot.all(aws.Subnet)[0]
    tags = [{"Key": "karpenter.sh/discovery", "Value": "other"}]
    edit = call("ec2", "create-tags", Resources=[subnet.subnet_id], Tags=tags)
    after = apply(snapshot, edit).after.get(aws.Subnet, subnet.subnet_id)
    assert after is not None
    assert [t.value for t in after.tags if t.key == "karpenter.sh/discovery"] == ["other"]


def test_a_node_group_is_scaled_labelled_and_untainted() -> None:
    snapshot = (
        Cluster()
        .snapshot()
        .replacing(
            aws.NodeGroup(
                nodegroup_name="g",
                scaling_config=aws.ScalingConfig(min_size=1, max_size=2, desired_size=2),
                taints=(aws.NodeGroupTaint(key="t", value="v", effect="NO_SCHEDULE"),),
            )
        )
    )
    edit = call(
        "eks",
        "update-nodegroup-config",
        clusterName="prod",
        nodegroupName="g",
        scalingConfig={"maxSize": 4},
        labels={"addOrUpdateLabels": {"a": "b"}},
        taints={"removeTaints": [{"key": "t", "value": "v", "effect": "NO_SCHEDULE"}]},
    )
    after = apply(snapshot, edit).after.get(aws.NodeGroup, "g")
    assert after is not None
    assert after.scaling_config == aws.ScalingConfig(min_size=1, max_size=4, desired_size=2)
    assert after.labels == {"a": "b"}
    assert after.taints == ()


def test_a_new_launch_template_version_keeps_what_it_does_not_replace() -> None:
    old = aws.LaunchTemplateVersion(
        launch_template_id="lt-1",
        version_number=3,
        default_version=True,
        launch_template_data=aws.LaunchTemplateData(instance_type="p5.48xlarge", user_data="u"),
    )
    edit = call(
        "ec2",
        "create-launch-template-version",
        LaunchTemplateId="lt-1",
        SourceVersion="3",
        LaunchTemplateData={"NetworkInterfaces": [{"InterfaceType": "efa"}]},
    )
    (made,) = apply(Cluster().snapshot().replacing(old), edit).replaced
    assert (made.version_number, made.default_version) == (4, False)
    assert made.launch_template_data.user_data == "u"
    assert made.launch_template_data.network_interfaces[0].interface_type == "efa"


def test_an_access_entry_appears() -> None:
    edit = call(
        "eks", "create-access-entry", clusterName="prod", principalArn=NODE_ROLE, type="EC2_LINUX"
    )
    after = apply(Cluster().snapshot(), edit).after
    entry = after.get(aws.AccessEntry, NODE_ROLE)
    assert entry is not None
    assert entry.type == "EC2_LINUX"


def test_a_call_with_parameters_of_the_wrong_form_is_refused() -> None:
    edit = call(
        "ec2", "authorize-security-group-egress", GroupId=NODE_SG, IpPermissions=[{"IpProtocol": 7}]
    )
    with pytest.raises(InvalidPatchError, match="not as they should be"):
        apply(Cluster().snapshot(), edit)


def test_a_call_whose_effect_is_not_known_is_refused() -> None:
    with pytest.raises(InvalidPatchError, match="cannot be tried"):
        apply(Cluster().snapshot(), call("ec2", "purchase-capacity-block"))

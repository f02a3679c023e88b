"""What a call of AWS changes in a copy of the snapshot."""

import pytest
from clusters import NODE_ROLE, NODE_SG, Cluster
from faults.provisioning import training_group

from efadoctor.fix.apply import apply
from efadoctor.model import aws
from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.fix import AwsCall


def call(service: str, operation: str, **parameters: object) -> AwsCall:
    return AwsCall(service=service, operation=operation, parameters=parameters)


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


def test_the_scaling_group_behind_a_node_group_grows_with_it() -> None:
    cluster = Cluster()
    training_group(cluster)
    larger = call(
        "eks",
        "update-nodegroup-config",
        clusterName="prod",
        nodegroupName="training",
        scalingConfig={"minSize": 1, "maxSize": 9, "desiredSize": 5, "unheardOf": 1},
    )
    behind = apply(cluster.snapshot(), larger).after.get(aws.AutoScalingGroup, "eks-training")
    assert behind is not None
    assert (behind.min_size, behind.max_size, behind.desired_capacity) == (1, 9, 5)


@pytest.mark.parametrize(
    ("wanted", "number"), [("$Latest", "2"), ("$Default", "$Default"), ("1", "1")]
)
def test_a_node_group_writes_down_the_number_of_the_latest_version(
    wanted: str, number: str
) -> None:
    cluster = Cluster()
    training_group(cluster)
    versions = cluster.aws["aws/ec2/describe-launch-template-versions"]
    versions.append(versions[-1] | {"VersionNumber": 2, "DefaultVersion": False})
    edit = call(
        "eks",
        "update-nodegroup-version",
        clusterName="prod",
        nodegroupName="training",
        launchTemplate={"id": "lt-0training", "version": wanted},
    )
    after = apply(cluster.snapshot(), edit).after.get(aws.NodeGroup, "training")
    assert after is not None
    assert after.launch_template is not None
    assert after.launch_template.version == number


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

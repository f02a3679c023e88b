"""EFA301: an instance that was launched and has not joined."""

import pytest
from clusters import GROUP_ROLE, NODE_ROLE, Cluster, Fault, Json, broken
from faults.nodes import (
    access_entry_of_wrong_type,
    aws_auth,
    instance_not_joined,
    instance_on_its_way,
    role_without_access_entry,
    shut_in,
)
from faults.provisioning import condition_of
from questions import ask, causes, one, report, seen, status

CODE = "EFA301"
GROUPS = "  groups: [system:bootstrappers, system:nodes]\n"


def test_a_node_role_without_access_entry_is_blamed_while_the_instance_is_young() -> None:
    finding = one(CODE, broken(role_without_access_entry))
    assert finding.object.short == "NodeClaim/efa-abcde"
    assert seen(finding)["Roles[0].Arn"] == NODE_ROLE
    assert causes(broken(role_without_access_entry)) == [(CODE, "efa-abcde")]


def test_its_access_entry_is_tried_and_lets_the_node_join() -> None:
    found = report(broken(role_without_access_entry))
    assert found.plan is not None
    assert found.plan.verified is True
    assert "create-access-entry" in found.root_causes[0].fixes[0].commands[0]


def test_a_launched_instance_is_waited_for_while_nothing_stands_in_its_way() -> None:
    found = report(broken(instance_on_its_way))
    assert (found.verdict.value, found.root_causes) == ("waiting", ())
    (awaited,) = ask(CODE, broken(instance_on_its_way)).awaited
    assert awaited.since == "2026-11-20T09:58:00Z"
    assert awaited.until == "2026-11-20T10:13:00Z"


def test_after_fifteen_minutes_it_is_blocked_without_a_visible_cause() -> None:
    finding = one(CODE, broken(instance_not_joined))
    assert finding.key == "unknown"
    assert finding.fixes[0].unprovable


@pytest.mark.parametrize(
    ("minute", "findings"), [("09:45:01", 0), ("09:45:00", 1), ("09:10:00", 1)]
)
def test_the_limit_of_waiting_is_fifteen_minutes(minute: str, findings: int) -> None:
    def fault(cluster: Cluster) -> None:
        instance_on_its_way(cluster)
        for found in cluster.claim["status"]["conditions"]:
            found["lastTransitionTime"] = f"2026-11-20T{minute}Z"

    assert len(ask(CODE, broken(fault)).findings) == findings


@pytest.mark.parametrize(
    ("fault", "key", "field"),
    [
        (access_entry_of_wrong_type, "role karpenter-node", "type"),
        (shut_in, "egress", "IpPermissionsEgress"),
    ],
)
def test_what_is_visible_is_named_at_once(fault: Fault, key: str, field: str) -> None:
    finding = one(CODE, broken(fault))
    assert finding.key == key
    assert field in seen(finding)


ANYWHERE = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
ELSEWHERE = {"UserIdGroupPairs": [{"GroupId": "sg-elsewhere"}]}


@pytest.mark.parametrize(
    ("rule", "keys"),
    [
        ({"IpProtocol": "-1", **ANYWHERE}, []),
        ({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **ANYWHERE}, []),
        ({"IpProtocol": "tcp", "FromPort": 0, "ToPort": 442, **ANYWHERE}, ["egress"]),
        ({"IpProtocol": "udp", "FromPort": 443, "ToPort": 443, **ANYWHERE}, ["egress"]),
        ({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **ELSEWHERE}, ["egress"]),
    ],
)
def test_the_api_server_is_reached_over_tcp_443(rule: Json, keys: list[str]) -> None:
    def ruled(cluster: Cluster) -> None:
        shut_in(cluster)
        for group in cluster.aws["aws/ec2/describe-security-groups"]:
            group["IpPermissionsEgress"].append(rule)

    assert [f.key for f in ask(CODE, broken(ruled)).findings] == keys


def test_an_instance_that_is_gone_is_not_waited_for() -> None:
    def gone(cluster: Cluster) -> None:
        instance_on_its_way(cluster)
        cluster.instance["State"]["Name"] = "terminated"

    assert one(CODE, broken(gone)).key == "instance gone"


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        ("Client.InvalidKMSKey.InvalidState", "Mend what EC2 says"),
        ("Client.UserInitiatedShutdown", "Delete NodeClaim"),
        ("Server.SpotInstanceTermination", "Delete NodeClaim"),
    ],
)
def test_why_ec2_ended_an_instance_is_told(code: str, fix: str) -> None:
    def ended(cluster: Cluster) -> None:
        instance_on_its_way(cluster)
        cluster.instance["State"]["Name"] = "terminated"
        cluster.instance["StateReason"] = {"Code": code, "Message": f"{code}: so it was"}

    finding = one(CODE, broken(ended))
    assert code in finding.summary
    assert seen(finding)["StateReason.Message"] == f"{code}: so it was"
    assert finding.fixes[0].title.startswith(fix)


# ---- who may join -----------------------------------------------------------


def mode(value: str) -> Fault:
    def fault(cluster: Cluster) -> None:
        (eks,) = cluster.aws["aws/eks/describe-cluster"]
        eks["accessConfig"]["authenticationMode"] = value

    return fault


def mapped(groups: str, role: str = NODE_ROLE) -> Fault:
    return lambda cluster: aws_auth(cluster, groups, role)


@pytest.mark.parametrize(
    "faults",
    [
        (mapped(GROUPS),),
        (mapped(GROUPS), mode("CONFIG_MAP")),
        (mapped("  groups:\n    - system:bootstrappers\n    - system:nodes\n"),),
        (mapped(GROUPS, NODE_ROLE.replace("role/", "role/path/")),),
    ],
)
def test_a_role_in_aws_auth_may_join(faults: tuple[Fault, ...]) -> None:
    assert ask(CODE, broken(role_without_access_entry, *faults)).findings == ()


@pytest.mark.parametrize(
    "faults",
    [
        (mapped(GROUPS), mode("API")),
        (mapped("  groups: [system:nodes]\n"),),
        (mapped(""),),
        (mapped(GROUPS, GROUP_ROLE),),
        (mapped(GROUPS, NODE_ROLE.replace("111122223333", "444455556666")),),
    ],
)
def test_a_line_that_does_not_count_lets_nobody_join(faults: tuple[Fault, ...]) -> None:
    assert one(CODE, broken(role_without_access_entry, *faults)).key == "role karpenter-node"


def test_an_access_entry_does_not_count_where_only_aws_auth_does() -> None:
    faults = (instance_on_its_way, mapped("", GROUP_ROLE), mode("CONFIG_MAP"))
    assert one(CODE, broken(*faults)).key == "role karpenter-node"


@pytest.mark.parametrize(
    "unread",
    [
        ("aws/eks/list-access-entries", "aws/eks/describe-access-entry"),
        ("aws/iam/get-instance-profile", "cluster/ec2nodeclasses.karpenter.k8s.aws"),
        ("cluster/configmaps",),
    ],
)
def test_what_was_not_read_is_not_blamed(unread: tuple[str, ...]) -> None:
    cluster = broken(role_without_access_entry).unread_sources(*unread)
    found = ask(CODE, cluster)
    assert found.findings == ()
    assert len(found.awaited) == 1


def test_without_nodes_it_cannot_tell() -> None:
    assert status(CODE, broken().unread_sources("cluster/nodes")) == "unknown"


# ---- node groups ------------------------------------------------------------


def test_a_node_group_whose_health_says_so_is_named() -> None:
    def unhealthy(cluster: Cluster) -> None:
        (group,) = cluster.aws["aws/eks/describe-nodegroup"]
        group["health"]["issues"] = [{"code": "NodeCreationFailure", "message": "…"}]

    finding = one(CODE, broken(unhealthy))
    assert finding.object.short == "NodeGroup/system"
    assert seen(finding)["health.issues[0].code"] == "NodeCreationFailure"


def test_an_instance_in_service_that_is_no_node_is_waited_for_and_then_named() -> None:
    def unjoined(at: str) -> Fault:
        def fault(cluster: Cluster) -> None:
            (group,) = cluster.aws["aws/autoscaling/describe-auto-scaling-groups"]
            group["Instances"] = [{"InstanceId": "i-0new", "LifecycleState": "InService"}]
            launched = {"InstanceId": "i-0new", "LaunchTime": at, "State": {"Name": "running"}}
            cluster.aws["aws/ec2/describe-instances"][0]["Instances"].append(launched)

        return fault

    young = ask(CODE, broken(unjoined("2026-11-20T09:55:00Z")))
    assert (len(young.findings), len(young.awaited)) == (0, 1)
    assert one(CODE, broken(unjoined("2026-11-20T09:30:00Z"))).key == "unknown"


def test_a_group_that_is_full_of_instances_that_do_not_join_needs_no_higher_maximum() -> None:
    """The EFA nodes are a group's, and its only instance has not joined."""

    def of_group(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        cluster.remove("NodePool", "efa")
        (system,) = cluster.aws["aws/eks/describe-nodegroup"]
        training = {
            **system,
            "nodegroupName": "training",
            "instanceTypes": ["p5.48xlarge"],
            "scalingConfig": {"minSize": 0, "maxSize": 1, "desiredSize": 1},
            "subnets": ["subnet-0a"],
            "launchTemplate": {"name": "efa", "version": "1", "id": "lt-0efa"},
            "resources": {"autoScalingGroups": [{"name": "eks-training"}]},
            "health": {"issues": [{"code": "NodeCreationFailure", "message": "…"}]},
        }
        cluster.aws["aws/eks/describe-nodegroup"].append(training)
        interfaces = [{"InterfaceType": "efa", "NetworkCardIndex": i} for i in range(32)]
        cluster.aws["aws/ec2/describe-launch-template-versions"].append(
            {
                "LaunchTemplateId": "lt-0efa",
                "LaunchTemplateName": "efa",
                "VersionNumber": 1,
                "LaunchTemplateData": {"NetworkInterfaces": interfaces},
            }
        )

    assert causes(broken(of_group)) == [(CODE, "training")]


def test_a_healthy_cluster_gets_nothing() -> None:
    assert status(CODE, broken()) == "pass"


def test_a_pool_whose_nodes_did_not_register_is_named_after_their_nodeclaims_are_gone() -> None:
    def gone(cluster: Cluster) -> None:
        cluster.without_nodes_of_pool()
        condition_of(cluster.pool, "NodeRegistrationHealthy", "False", "RegistrationFailed")

    def without_entry(cluster: Cluster) -> None:
        role_without_access_entry(cluster)
        gone(cluster)

    assert causes(broken(gone)) == [(CODE, "efa")]
    assert one(CODE, broken(gone)).key == "unknown"
    assert one(CODE, broken(without_entry)).key == "role karpenter-node"


def test_a_pool_whose_nodes_register_is_not_suspected() -> None:
    assert status(CODE, broken(Cluster.without_nodes_of_pool)) == "pass"

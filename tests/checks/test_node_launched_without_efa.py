"""EFA305: a node with fewer EFA interfaces than the pod asks for."""

from clusters import EFA_NODE, Cluster, broken, training_pod
from faults.nodes import (
    node_launched_with_two_interfaces,
    node_launched_without_efa,
    pool_at_its_limit,
    second_node,
)
from faults.plugins import efa_plugin_missing, efa_plugin_taint_not_tolerated
from questions import ask, causes, one, report, seen, status

from efadoctor.model.fix import AwsCall, Command

CODE = "EFA305"
NODE = "ip-10-0-1-10.us-west-2.compute.internal"


def test_a_node_without_efa_interface_is_the_cause_and_its_crashing_plugin_is_not() -> None:
    finding = one(CODE, broken(node_launched_without_efa))
    assert finding.object.name == NODE
    assert seen(finding)["NetworkInterfaces[0].InterfaceType"] == "interface"
    assert causes(broken(node_launched_without_efa)) == [(CODE, NODE)]


def test_deleting_the_nodeclaim_makes_room_for_a_node_with_efa() -> None:
    found = report(broken(node_launched_without_efa))
    (fix,) = found.root_causes[0].fixes
    assert fix.risk.value == "replaces-nodes"
    assert found.plan is not None
    assert found.plan.verified is True


def test_two_of_four_interfaces_are_too_few() -> None:
    assert causes(broken(node_launched_with_two_interfaces)) == [(CODE, NODE)]


def test_without_ec2_the_nodeclaim_tells() -> None:
    cluster = broken(node_launched_without_efa).unread_sources("aws/ec2/describe-instances")
    assert 'status.capacity["vpc.amazonaws.com/efa"]' in seen(one(CODE, cluster))


def test_without_either_nothing_is_guessed() -> None:
    unread = ("aws/ec2/describe-instances", "cluster/nodeclaims.karpenter.sh")
    found = ask(CODE, broken(node_launched_without_efa).unread_sources(*unread))
    assert found.findings == ()


def test_an_instance_whose_interfaces_were_not_listed_tells_nothing() -> None:
    def stripped(cluster: Cluster) -> None:
        node_launched_without_efa(cluster)
        cluster.instance["NetworkInterfaces"] = []
        cluster.unread_sources("cluster/nodeclaims.karpenter.sh")

    assert ask(CODE, broken(stripped)).findings == ()


def test_a_plugin_that_is_kept_off_as_well_is_a_second_cause() -> None:
    def kept_off(cluster: Cluster) -> None:
        node_launched_without_efa(cluster)
        efa_plugin_taint_not_tolerated(cluster)

    assert [code for code, _ in causes(broken(kept_off))] == [CODE, "EFA402"]


def test_a_node_of_a_node_group_is_drained_and_its_launch_template_comes_first() -> None:
    def of_group(cluster: Cluster) -> None:
        node_launched_without_efa(cluster)
        cluster.remove("NodeClaim", "efa-abcde")
        labels = cluster.node["metadata"]["labels"]
        del labels["karpenter.sh/nodepool"]
        labels["eks.amazonaws.com/nodegroup"] = "training"

    (fix,) = one(CODE, broken(of_group)).fixes
    assert "launch template of node group training" in fix.warning
    drain, end = fix.edits
    assert isinstance(drain, Command)
    assert isinstance(end, AwsCall)
    assert drain.argv[:3] == ("kubectl", "drain", f"node/{EFA_NODE}")
    assert "--force" not in drain.argv
    assert drain.instead[:3] == ("kubectl", "wait", "--for=delete")  # done already is success


def test_a_pod_that_nobody_makes_anew_is_named_and_drained_by_force() -> None:
    def of_group(cluster: Cluster) -> None:
        node_launched_without_efa(cluster)
        cluster.remove("NodeClaim", "efa-abcde")
        cluster.node["metadata"]["labels"]["eks.amazonaws.com/nodegroup"] = "training"
        notebook = training_pod("notebook", efa=0, gpu=1)
        notebook["spec"]["nodeName"] = EFA_NODE
        cluster.add(notebook)

    (fix,) = one(CODE, broken(of_group)).fixes
    (drain, _) = fix.edits
    assert isinstance(drain, Command)
    assert "--force" in drain.argv
    assert "Nothing makes Pod/notebook anew." in fix.warning


def test_each_node_of_a_class_is_a_finding() -> None:
    def both(cluster: Cluster) -> None:
        other = second_node(cluster)
        node_launched_with_two_interfaces(cluster)
        for amounts in ("capacity", "allocatable"):
            other["status"][amounts]["vpc.amazonaws.com/efa"] = "2"
        twin = cluster.aws["aws/ec2/describe-instances"][0]["Instances"][-1]
        twin["NetworkInterfaces"] = twin["NetworkInterfaces"][:2]

    assert len(ask(CODE, broken(both)).findings) == 2


def test_a_type_without_efa_and_a_healthy_node_get_nothing() -> None:
    assert status(CODE, broken()) == "pass"
    assert status(CODE, broken(efa_plugin_missing, pool_at_its_limit)) == "pass"


def test_without_nodes_it_cannot_tell() -> None:
    cluster = broken(node_launched_without_efa).unread_sources("cluster/nodes")
    assert status(CODE, cluster) == "unknown"

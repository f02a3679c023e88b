"""EFA303: a node that is not ready."""

from clusters import Cluster, broken
from faults.nodes import node_not_ready, second_node, without_efa
from questions import ask, causes, one, report, seen, status

CODE = "EFA303"
NODE = "ip-10-0-1-10.us-west-2.compute.internal"


def test_a_node_that_has_not_been_ready_for_long_is_named_with_its_condition() -> None:
    finding = one(CODE, broken(node_not_ready))
    assert finding.object.name == NODE
    assert seen(finding)["status.conditions[0].status"] == "False"
    assert "2 hours" in finding.summary
    assert causes(broken(node_not_ready)) == [(CODE, NODE)]


def test_what_it_does_not_advertise_is_a_consequence() -> None:
    assert causes(broken(node_not_ready, without_efa)) == [(CODE, NODE)]


def test_a_pod_that_tolerates_everything_is_kept_off_by_the_devices_it_does_not_get() -> None:
    def tolerant(cluster: Cluster) -> None:
        node_not_ready(cluster)
        cluster.pod["spec"]["tolerations"] = [{"operator": "Exists"}]

    assert report(broken(tolerant)).verdict.value == "schedulable"
    assert causes(broken(tolerant, without_efa)) == [(CODE, NODE)]
    assert "hands out no devices" in one(CODE, broken(tolerant, without_efa)).chain[-1]


def test_the_network_plugin_is_shown_where_it_does_not_run() -> None:
    def broken_network(cluster: Cluster) -> None:
        node_not_ready(cluster)
        pod = cluster.plugin_pod(cluster.efa_plugin)
        owner = {**pod["metadata"]["ownerReferences"][0], "name": "aws-node", "uid": "u-aws-node"}
        waits = {"waiting": {"reason": "CreateContainerError"}}
        cluster.add(
            {
                **pod,
                "metadata": {**pod["metadata"], "name": "aws-node-1", "ownerReferences": [owner]},
                "status": {
                    "phase": "Pending",
                    "containerStatuses": [{"name": "a", "state": waits}],
                },
            }
        )

    notes = [e.note for e in one(CODE, broken(broken_network)).evidence]
    assert "CreateContainerError" in notes


def test_each_node_of_a_class_is_a_finding() -> None:
    def both(cluster: Cluster) -> None:
        other = second_node(cluster)
        node_not_ready(cluster)
        other["spec"]["taints"] = [dict(t) for t in cluster.node["spec"]["taints"]]
        other["status"]["conditions"] = [dict(c) for c in cluster.node["status"]["conditions"]]

    assert [code for code, _ in causes(broken(both))] == [CODE, CODE]


def test_a_node_that_has_just_joined_is_waited_for() -> None:
    def young(cluster: Cluster) -> None:
        node_not_ready(cluster)
        cluster.node["metadata"]["creationTimestamp"] = "2026-11-20T09:57:00Z"

    found = ask(CODE, broken(young))
    assert (found.findings, len(found.awaited)) == ((), 1)
    assert report(broken(young)).verdict.value == "waiting"


def test_pressure_is_shown_by_its_own_condition() -> None:
    def full(cluster: Cluster) -> None:
        cluster.node["spec"]["taints"].append(
            {"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}
        )
        cluster.node["status"]["conditions"].append({"type": "DiskPressure", "status": "True"})

    assert seen(one(CODE, broken(full)))["status.conditions[1].status"] == "True"


def test_a_pod_that_tolerates_it_is_not_kept_off() -> None:
    def tolerated(cluster: Cluster) -> None:
        node_not_ready(cluster)
        cluster.pod["spec"]["tolerations"].append({"operator": "Exists"})

    assert status(CODE, broken(tolerated)) == "pass"


def test_without_nodes_it_cannot_tell() -> None:
    assert status(CODE, broken(node_not_ready).unread_sources("cluster/nodes")) == "unknown"

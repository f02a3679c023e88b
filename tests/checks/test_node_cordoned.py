"""EFA304: a cordoned node."""

from clusters import Cluster, broken
from faults.nodes import cordon, node_cordoned, second_node
from questions import ask, causes, one, report, seen, status

CODE = "EFA304"
NODE = "ip-10-0-1-10.us-west-2.compute.internal"


def test_a_cordoned_node_is_named_and_uncordoning_it_is_enough() -> None:
    finding = one(CODE, broken(node_cordoned))
    assert (finding.object.name, seen(finding)) == (NODE, {"spec.unschedulable": True})
    found = report(broken(node_cordoned))
    assert [f.code for f in found.root_causes] == [CODE]
    assert found.plan is not None
    assert found.plan.verified is True


def test_two_cordoned_nodes_are_two_findings() -> None:
    def both(cluster: Cluster) -> None:
        cordon(second_node(cluster))
        node_cordoned(cluster)

    assert [code for code, _ in causes(broken(both))] == [CODE, CODE]


def test_a_cordoned_node_beside_one_that_would_do_blocks_nothing() -> None:
    def one_of_two(cluster: Cluster) -> None:
        second_node(cluster)
        node_cordoned(cluster)

    assert report(broken(one_of_two)).verdict.value == "schedulable"


def test_a_node_that_karpenter_replaces_is_waited_for() -> None:
    def leaving(cluster: Cluster) -> None:
        cluster.node["spec"]["taints"].append(
            {"key": "karpenter.sh/disrupted", "effect": "NoSchedule"}
        )

    found = ask(CODE, broken(leaving))
    assert (found.findings, len(found.awaited)) == ((), 1)


def test_a_pod_that_tolerates_the_cordon_is_not_kept_off() -> None:
    def tolerated(cluster: Cluster) -> None:
        node_cordoned(cluster)
        key = "node.kubernetes.io/unschedulable"
        cluster.pod["spec"]["tolerations"].append({"key": key, "operator": "Exists"})

    assert status(CODE, broken(tolerated)) == "pass"


def test_a_healthy_cluster_gets_nothing_and_an_unread_one_no_verdict() -> None:
    assert status(CODE, broken()) == "pass"
    assert status(CODE, broken(node_cordoned).unread_sources("cluster/nodes")) == "unknown"

"""EFA201: nothing could make a node that serves the pod."""

from clusters import GPU_TAINT, Cluster, broken
from faults.plugins import efa_plugin_missing, gpu_plugin_waits_for_label
from faults.pods import asking
from faults.provisioning import nodepool_missing, requiring, training_group
from questions import ask, causes, one, report, status

CODE = "EFA201"


def cpu_pool(cluster: Cluster) -> None:
    """The only pool is for CPU pods, as the default pool of most clusters."""
    cluster.without_nodes_of_pool()
    cluster.pool["spec"]["template"]["spec"]["taints"] = []
    requiring(cluster, "karpenter.k8s.aws/instance-category", "m")
    cluster.pool["metadata"]["name"] = "general"


def test_a_cluster_without_any_nodepool_lacks_one() -> None:
    assert causes(broken(nodepool_missing)) == [(CODE, "efa")]
    finding = one(CODE, broken(nodepool_missing))
    assert finding.object.kind == "NodePool"
    assert "4 vpc.amazonaws.com/efa" in finding.summary


def test_a_pool_for_cpu_pods_is_not_the_one_that_is_meant() -> None:
    assert causes(broken(cpu_pool)) == [(CODE, "efa")]


def test_a_pool_is_made_and_proved() -> None:
    found = report(broken(nodepool_missing))
    assert found.plan is not None
    assert found.plan.verified is True
    assert "p4d.24xlarge" in found.root_causes[0].fixes[0].title


def test_the_new_pool_has_the_label_by_which_the_gpu_plugin_knows_its_nodes() -> None:
    found = report(broken(gpu_plugin_waits_for_label, nodepool_missing))
    assert [f.code for f in found.root_causes] == [CODE]
    assert found.plan is not None
    assert found.plan.verified is True


def test_a_plugin_that_is_missing_would_be_missing_on_a_new_pool_as_well() -> None:
    found = report(broken(efa_plugin_missing, nodepool_missing))
    assert [f.code for f in found.root_causes] == [CODE, "EFA401"]
    assert found.plan is not None
    assert found.plan.verified is True


def test_the_new_pool_has_the_label_that_the_pod_selects() -> None:
    cluster = broken(nodepool_missing)
    cluster.pod["spec"]["nodeSelector"] = {"team": "vision"}
    (fix,) = ask(CODE, cluster).findings[0].fixes
    assert "'team': 'vision'" in str(fix.edits)


def test_without_a_nodeclass_words_must_do() -> None:
    cluster = broken(nodepool_missing)
    cluster.remove("EC2NodeClass", "efa")
    (fix,) = one(CODE, cluster).fixes
    assert fix.unprovable


def test_a_node_group_for_a_pod_without_efa_needs_no_efa_interfaces() -> None:
    def of_gpus_only(cluster: Cluster) -> None:
        nodepool_missing(cluster)
        cluster.remove("EC2NodeClass", "efa")
        asking(cluster, "vpc.amazonaws.com/efa", None)

    assert "EFA" not in one(CODE, broken(of_gpus_only)).fixes[0].title


def test_a_pool_that_is_meant_and_lacks_the_type_is_another_matter() -> None:
    def small(cluster: Cluster) -> None:
        cpu_pool(cluster)
        general = cluster.get("NodePool", "general")
        general["spec"]["template"]["spec"]["taints"] = [dict(GPU_TAINT)]

    assert [c for c, _ in causes(broken(small))] == ["EFA205"]


def test_a_node_group_that_serves_is_enough() -> None:
    assert status(CODE, broken(training_group)) == "pass"


def test_a_pool_that_serves_is_enough_whatever_is_wrong_with_it() -> None:
    assert status(CODE, broken(Cluster.without_nodes_of_pool)) == "pass"


def test_a_node_group_that_nobody_read_may_serve() -> None:
    cluster = broken(nodepool_missing).unread_sources(
        "aws/eks/describe-nodegroup", "aws/eks/list-nodegroups"
    )
    assert ask(CODE, cluster).findings == ()


def test_without_nodepools_it_cannot_be_told() -> None:
    cluster = broken(nodepool_missing).unread_sources("cluster/nodepools.karpenter.sh")
    assert status(CODE, cluster) == "unknown"

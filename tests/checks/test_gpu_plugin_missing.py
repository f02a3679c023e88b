"""EFA411: no NVIDIA device plugin."""

import pytest
from clusters import Cluster, Json, broken
from faults.nodes import second_node
from faults.plugins import efa_plugin_missing, gpu_feature_discovery, gpu_plugin_missing
from questions import ask, causes, report, status

CODE = "EFA411"
EXPECTED = "nvidia-device-plugin-daemonset"


def test_a_cluster_without_the_plugin_lacks_just_that() -> None:
    assert causes(broken(gpu_plugin_missing)) == [(CODE, EXPECTED)]
    found = report(broken(gpu_plugin_missing))
    assert str(found.root_causes[0].object) == f"DaemonSet/kube-system/{EXPECTED}"
    assert found.plan is not None
    assert found.plan.verified is True


def test_both_plugins_can_be_missing() -> None:
    codes = [code for code, _ in causes(broken(efa_plugin_missing, gpu_plugin_missing))]
    assert codes == ["EFA401", CODE]


def test_bottlerocket_comes_with_the_plugin() -> None:
    def bottlerocket(cluster: Cluster) -> None:
        gpu_plugin_missing(cluster)
        cluster.without_nodes_of_pool()
        cluster.nodeclass["spec"]["amiSelectorTerms"] = [{"alias": "bottlerocket@latest"}]

    assert ask(CODE, broken(bottlerocket)).findings == ()


def test_the_gpu_operator_s_plugin_is_one() -> None:
    def operated(cluster: Cluster) -> None:
        container = cluster.gpu_plugin["spec"]["template"]["spec"]["containers"][0]
        container["image"] = "nvcr.io/nvidia/k8s-device-plugin@sha256:0123"
        cluster.gpu_plugin["metadata"]["namespace"] = "gpu-operator"

    assert status(CODE, broken(operated)) == "pass"


@pytest.mark.parametrize(
    "container",
    [
        {"name": "gpu-feature-discovery-ctr", "command": ["gpu-feature-discovery"]},
        {"name": "gpu-feature-discovery"},
        {"name": "mps-control-daemon-ctr", "command": ["mps-control-daemon"]},
        {"name": "ctr", "command": ["/usr/bin/gpu-feature-discovery"]},
    ],
    ids=lambda c: " ".join((c["name"], *c.get("command", ()))),
)
def test_what_else_runs_from_the_plugins_image_is_not_the_plugin(container: Json) -> None:
    def only_that(cluster: Cluster) -> None:
        gpu_feature_discovery(cluster, "something-of-nvidias", container)
        gpu_plugin_missing(cluster)

    assert causes(broken(only_that)) == [(CODE, EXPECTED)]


def test_without_daemonsets_it_cannot_tell() -> None:
    cluster = broken(gpu_plugin_missing).unread_sources("cluster/daemonsets.apps")
    assert status(CODE, cluster) == "unknown"
    assert status(CODE, broken()) == "pass"


def test_nodes_that_come_with_a_plugin_do_not_stand_for_those_that_do_not() -> None:
    def beside_bottlerocket(cluster: Cluster) -> None:
        other = second_node(cluster)
        gpu_plugin_missing(cluster)
        other["status"]["nodeInfo"]["osImage"] = "Bottlerocket OS 1.50.0 (aws-k8s-1.36-nvidia)"
        other["status"]["allocatable"] |= {"nvidia.com/gpu": "1", "vpc.amazonaws.com/efa": "1"}
        other["metadata"]["labels"]["node.kubernetes.io/instance-type"] = "g5.8xlarge"

    assert causes(broken(beside_bottlerocket)) == [(CODE, EXPECTED)]
    (finding,) = ask(CODE, broken(beside_bottlerocket)).findings
    assert "no node advertises" not in finding.summary

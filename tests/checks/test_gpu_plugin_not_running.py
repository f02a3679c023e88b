"""EFA414: the NVIDIA plugin should run and does not, or finds nothing."""

from clusters import Cluster, broken
from faults.nodes import just_ready, pool_at_its_limit
from faults.plugins import (
    GPU,
    between_crashes,
    gpu_feature_discovery,
    gpu_plugin_crashes,
    gpu_plugin_finds_nothing,
    gpu_plugin_missing,
    waiting,
    without_gpus,
)
from questions import ask, causes, one, report, seen, status

CODE = "EFA414"
PLUGIN = "nvidia-device-plugin-daemonset"


def test_a_plugin_that_crashes_is_the_only_cause() -> None:
    finding = one(CODE, broken(gpu_plugin_crashes))
    assert seen(finding)["status.containerStatuses[0].state.waiting.reason"] == "CrashLoopBackOff"
    assert causes(broken(gpu_plugin_crashes)) == [(CODE, PLUGIN)]


def test_a_plugin_that_runs_and_advertises_nothing_is_named() -> None:
    finding = one(CODE, broken(gpu_plugin_finds_nothing))
    assert finding.key == "nothing advertised"
    assert causes(broken(gpu_plugin_finds_nothing)) == [(CODE, PLUGIN)]


def test_one_on_a_node_that_has_just_become_ready_is_waited_for() -> None:
    found = report(broken(gpu_plugin_finds_nothing, just_ready))
    assert found.verdict.value == "waiting"


def test_a_crash_loop_is_seen_between_two_crashes_too() -> None:
    def started(cluster: Cluster) -> None:
        between_crashes(cluster, cluster.gpu_plugin)
        without_gpus(cluster)

    assert causes(broken(started)) == [(CODE, PLUGIN)]


def test_what_else_runs_from_the_plugins_image_is_not_the_plugin() -> None:
    """The GPU operator's feature discovery, whose name comes before the plugin's."""

    def beside(cluster: Cluster) -> None:
        gpu_feature_discovery(cluster, "gpu-feature-discovery", {"name": "gpu-feature-discovery"})
        gpu_plugin_crashes(cluster)

    assert causes(broken(beside)) == [(CODE, PLUGIN)]


def test_an_init_container_that_waits_is_what_keeps_it() -> None:
    def toolkit(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        waiting(cluster, cluster.gpu_plugin, "PodInitializing", GPU)
        pod = cluster.plugin_pod(cluster.gpu_plugin)
        pod["status"]["initContainerStatuses"] = [
            {"name": "toolkit-validation", "state": {"waiting": {"reason": "ImagePullBackOff"}}}
        ]

    field = "status.initContainerStatuses[0].state.waiting.reason"
    assert seen(one(CODE, broken(toolkit)))[field] == "ImagePullBackOff"


def test_an_init_container_that_never_ends_is_shown() -> None:
    """The GPU operator's, which waits for the toolkit."""

    def toolkit(cluster: Cluster) -> None:
        pool_at_its_limit(cluster)
        waiting(cluster, cluster.gpu_plugin, "PodInitializing", GPU)
        pod = cluster.plugin_pod(cluster.gpu_plugin)
        state = {"running": {"startedAt": "2026-11-20T08:01:00Z"}}
        pod["status"]["initContainerStatuses"] = [{"name": "toolkit-validation", "state": state}]

    finding = one(CODE, broken(toolkit))
    assert "has not started" in finding.summary
    assert any("toolkit-validation" in e.note for e in finding.evidence)


def test_a_healthy_cluster_gets_nothing_and_an_unread_one_no_verdict() -> None:
    assert status(CODE, broken()) == "pass"
    assert ask(CODE, broken()).awaited == ()
    cluster = broken(gpu_plugin_crashes).unread_sources("cluster/daemonsets.apps")
    assert status(CODE, cluster) == "unknown"


def on_bottlerocket(cluster: Cluster, variant: str = "aws-k8s-1.36-nvidia") -> None:
    """The plugin is a service of the operating system, and registers nothing."""
    gpu_plugin_missing(cluster)
    cluster.node["status"]["nodeInfo"]["osImage"] = f"Bottlerocket OS 1.50.0 ({variant})"


def test_a_plugin_in_the_operating_system_is_told_by_what_its_node_advertises() -> None:
    assert causes(broken(on_bottlerocket)) == [(CODE, "nvidia-device-plugin-daemonset")]
    finding = one(CODE, broken(on_bottlerocket))
    assert "Bottlerocket" in seen(finding)["status.nodeInfo.osImage"]
    assert "service of the operating system" in " ".join(finding.chain)


def test_a_variant_without_the_plugin_is_the_image_to_change() -> None:
    cluster = broken(lambda c: on_bottlerocket(c, "aws-k8s-1.36"))
    assert "variant" in one(CODE, cluster).summary


def test_a_node_that_has_just_become_ready_may_still_register_its_gpus() -> None:
    assert ask(CODE, broken(on_bottlerocket, just_ready)).findings == ()


def test_a_plugin_that_shares_its_gpus_under_another_name_says_which() -> None:
    def shared(cluster: Cluster) -> None:
        gpu_plugin_finds_nothing(cluster)
        cluster.node["status"]["allocatable"]["nvidia.com/gpu.shared"] = "32"

    finding = one(CODE, broken(shared))
    assert causes(broken(shared)) == [(CODE, PLUGIN)]
    assert "nvidia.com/gpu.shared instead of nvidia.com/gpu" in finding.summary
    assert "Ask for nvidia.com/gpu.shared" in finding.fixes[0].title


def test_what_exists_is_shown_sooner_than_what_would_come() -> None:
    shown = one(CODE, broken(gpu_plugin_crashes)).evidence
    assert {e.object.kind for e in shown} == {"Pod", "Node"}

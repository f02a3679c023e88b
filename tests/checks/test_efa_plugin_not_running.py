"""EFA404: the EFA plugin should run and does not."""

import copy

import pytest
from clusters import EFA_NODE, Cluster, broken
from faults.nodes import crashing, node_launched_without_efa, node_not_ready, pool_at_its_limit
from faults.plugins import (
    EFA,
    between_crashes,
    efa_not_advertised,
    efa_plugin_image_not_pulled,
    efa_plugin_rejected,
    efa_plugin_runs_as_non_root,
    efa_plugin_taint_not_tolerated,
    waiting,
)
from questions import ask, causes, one, report, seen, status

CODE = "EFA404"
PLUGIN = "aws-efa-k8s-device-plugin"
REASON = "status.containerStatuses[0].state.waiting.reason"
NON_ROOT = "spec.template.spec.containers[0].securityContext.runAsNonRoot"


def test_a_plugin_that_may_not_run_as_root_is_the_only_cause() -> None:
    shown = seen(one(CODE, broken(efa_plugin_runs_as_non_root)))
    assert (shown[REASON], shown[NON_ROOT]) == ("CreateContainerConfigError", True)
    assert causes(broken(efa_plugin_runs_as_non_root)) == [(CODE, PLUGIN)]


def test_letting_it_run_as_root_is_tried() -> None:
    found = report(broken(efa_plugin_runs_as_non_root))
    assert found.plan is not None
    assert found.plan.verified is True


def test_what_fails_for_every_pod_fails_on_a_new_node_too() -> None:
    """The pool has room for another node, and is no way out."""
    finding = one(CODE, broken(efa_plugin_runs_as_non_root))
    assert {p.kind.value for p in finding.paths} == {"node", "nodepool"}


def test_an_image_that_cannot_be_pulled_is_named_without_a_fix_to_try() -> None:
    finding = one(CODE, broken(efa_plugin_image_not_pulled))
    assert seen(finding)[REASON] == "ImagePullBackOff"
    assert [bool(f.unprovable) for f in finding.fixes] == [True]
    assert causes(broken(efa_plugin_image_not_pulled)) == [(CODE, PLUGIN)]


def test_a_namespace_that_rejects_privileged_pods_is_named() -> None:
    finding = one(CODE, broken(efa_plugin_rejected))
    assert seen(finding)['metadata.labels["pod-security.kubernetes.io/enforce"]'] == "restricted"
    found = report(broken(efa_plugin_rejected))
    assert [f.code for f in found.root_causes] == [CODE]
    assert found.plan is not None
    assert found.plan.verified is True


def test_the_event_of_a_refused_pod_corroborates() -> None:
    def with_event(cluster: Cluster) -> None:
        efa_plugin_rejected(cluster)
        cluster.add(
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"name": "e", "namespace": "kube-system"},
                "involvedObject": {"kind": "DaemonSet", "name": PLUGIN},
                "reason": "FailedCreate",
                "message": "violates PodSecurity",
            }
        )

    assert seen(one(CODE, broken(with_event)))["reason"] == "FailedCreate"


def test_a_crash_on_a_node_that_has_its_interfaces_is_the_plugin_s() -> None:
    def crash(cluster: Cluster) -> None:
        waiting(cluster, cluster.efa_plugin, "CrashLoopBackOff", EFA)
        pool_at_its_limit(cluster)

    assert causes(broken(crash)) == [(CODE, PLUGIN)]
    look, instead = report(broken(crash)).root_causes[0].fixes[0].commands[0].split(" || ")
    assert look.startswith("kubectl logs pod/")
    assert instead == (  # the pod may be gone by then: what is on its node now
        f"kubectl get pods -n kube-system --selector=name={PLUGIN} "
        f"--field-selector=spec.nodeName={EFA_NODE} -o wide"
    )


def test_a_crash_on_a_node_without_interfaces_is_not() -> None:
    assert ask(CODE, broken(node_launched_without_efa)).findings == ()


def test_another_failure_on_such_a_node_stays_to_be_mended() -> None:
    def non_root(cluster: Cluster) -> None:
        node_launched_without_efa(cluster)
        efa_plugin_runs_as_non_root(cluster)

    assert [code for code, _ in causes(broken(non_root))] == ["EFA305", CODE]


def test_one_node_s_crash_does_not_keep_new_nodes_from_serving() -> None:
    def crash(cluster: Cluster) -> None:
        crashing(cluster.plugin_pod(cluster.efa_plugin))
        cluster.node["status"]["allocatable"][EFA] = "0"

    (finding,) = ask(CODE, broken(crash)).findings
    assert {p.kind.value for p in finding.paths} == {"node"}


def test_a_crash_loop_is_seen_between_two_crashes_too() -> None:
    def started(cluster: Cluster) -> None:
        between_crashes(cluster, cluster.efa_plugin)
        cluster.node["status"]["allocatable"][EFA] = "0"

    assert causes(broken(started)) == [(CODE, PLUGIN)]
    assert seen(one(CODE, broken(started)))["status.containerStatuses[0].restartCount"] == 21


def test_a_plugin_that_has_recovered_from_crashes_is_none_that_crashes() -> None:
    def recovered(cluster: Cluster) -> None:
        between_crashes(cluster, cluster.efa_plugin, started="09:30:00")
        cluster.node["status"]["allocatable"][EFA] = "0"

    assert [code for code, _ in causes(broken(recovered))] == ["EFA501"]


@pytest.mark.parametrize("first", [True, False])
def test_a_failed_pod_that_was_not_collected_does_not_stand_for_the_plugin(*, first: bool) -> None:
    def leftover(cluster: Cluster) -> None:
        efa_not_advertised(cluster)
        old = copy.deepcopy(cluster.plugin_pod(cluster.efa_plugin))
        old["metadata"] |= {"name": "old", "uid": "uid-old"}
        old["status"] = {"phase": "Failed", "reason": "Evicted"}
        cluster.objects.insert(0 if first else len(cluster.objects), old)

    assert [code for code, _ in causes(broken(leftover))] == ["EFA501"]


def test_a_mirrored_image_of_any_name_is_known_by_its_container() -> None:
    def mirrored(cluster: Cluster) -> None:
        for spec in (
            cluster.efa_plugin["spec"]["template"]["spec"],
            cluster.plugin_pod(cluster.efa_plugin)["spec"],
        ):
            spec["containers"][0]["image"] = "registry.example/platform/fabric:1"
        waiting(cluster, cluster.efa_plugin, "ImagePullBackOff", EFA)

    assert causes(broken(mirrored)) == [(CODE, PLUGIN)]


@pytest.mark.parametrize(("created", "findings"), [("09:58:00", 0), ("09:50:00", 1)])
def test_a_pod_that_starts_is_waited_for_five_minutes(created: str, findings: int) -> None:
    def starting(cluster: Cluster) -> None:
        waiting(cluster, cluster.efa_plugin, "ContainerCreating", EFA)
        pod = cluster.plugin_pod(cluster.efa_plugin)
        pod["metadata"]["creationTimestamp"] = f"2026-11-20T{created}Z"
        pool_at_its_limit(cluster)

    found = ask(CODE, broken(starting))
    assert (len(found.findings), len(found.awaited)) == (findings, 1 - findings)


def test_a_daemonset_without_a_pod_where_it_wants_one_is_named_after_a_while() -> None:
    def without_pod(cluster: Cluster) -> None:
        cluster.drop_plugin_pod(cluster.efa_plugin, EFA)
        pool_at_its_limit(cluster)

    assert one(CODE, broken(without_pod)).key == "no pod"

    def young(cluster: Cluster) -> None:
        without_pod(cluster)
        cluster.efa_plugin["metadata"]["creationTimestamp"] = "2026-11-20T09:59:00Z"

    assert report(broken(young)).verdict.value == "waiting"


def test_a_plugin_that_finds_no_room_on_its_node_is_named() -> None:
    def crowded(cluster: Cluster) -> None:
        waiting(cluster, cluster.efa_plugin, "", EFA)
        pod = cluster.plugin_pod(cluster.efa_plugin)
        del pod["status"]["containerStatuses"]
        del pod["spec"]["nodeName"]
        pod["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "500"}}
        field = {"key": "metadata.name", "operator": "In", "values": [EFA_NODE]}
        terms = [{"matchFields": [field]}]
        required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
        pod["spec"]["affinity"] = {"nodeAffinity": required}
        pool_at_its_limit(cluster)

    assert one(CODE, broken(crowded)).key == "unscheduled"


def test_a_node_that_is_not_ready_is_another_check_s_business() -> None:
    def unready(cluster: Cluster) -> None:
        waiting(cluster, cluster.efa_plugin, "CrashLoopBackOff", EFA)
        node_not_ready(cluster)

    assert ask(CODE, broken(unready)).findings == ()


def test_a_plugin_that_is_kept_off_does_not_fail() -> None:
    assert ask(CODE, broken(efa_plugin_taint_not_tolerated)).findings == ()


def test_without_daemonsets_it_cannot_tell() -> None:
    cluster = broken(efa_plugin_runs_as_non_root).unread_sources("cluster/daemonsets.apps")
    assert status(CODE, cluster) == "unknown"

"""EFA413: the NVIDIA plugin waits for a label that nothing sets."""

from clusters import EFA_TAINT, GPU_TAINT, Cluster, broken
from faults.nodes import just_ready, pool_at_its_limit
from faults.plugins import (
    discovery,
    discovery_kept_off,
    gpu_plugin_taint_not_tolerated,
    gpu_plugin_waits_for_label,
    select_by_discovery,
)
from questions import ask, causes, one, report, seen, status

CODE = "EFA413"
PLUGIN, WORKER = "nvidia-device-plugin-daemonset", "nfd-worker"
LABEL = 'metadata.labels["feature.node.kubernetes.io/pci-10de.present"]'


def test_a_label_that_nothing_sets_is_named_at_the_plugin() -> None:
    finding = one(CODE, broken(gpu_plugin_waits_for_label))
    assert (finding.object.name, seen(finding)[LABEL]) == (PLUGIN, None)
    assert [e.expected for e in finding.evidence if e.field == LABEL] == ["true"]
    assert causes(broken(gpu_plugin_waits_for_label)) == [(CODE, PLUGIN)]


def test_the_plugin_may_select_the_type_or_the_nodes_get_the_label() -> None:
    found = report(broken(gpu_plugin_waits_for_label))
    select, label = found.root_causes[0].fixes
    assert (select.verified, label.verified) == (True, True)
    assert "nvidia.com/gpu.present=true" in label.title


def test_a_discovery_worker_that_a_taint_keeps_off_is_what_must_change() -> None:
    finding = one(CODE, broken(discovery_kept_off))
    assert finding.object.name == WORKER
    assert EFA_TAINT["key"] in finding.summary
    found = report(broken(discovery_kept_off))
    assert [(f.code, f.object.name) for f in found.root_causes] == [(CODE, WORKER)]
    assert found.plan is not None
    assert found.plan.verified is True


def test_a_taint_that_keeps_off_both_is_two_causes() -> None:
    def both(cluster: Cluster) -> None:
        gpu_plugin_taint_not_tolerated(cluster)
        select_by_discovery(cluster.gpu_plugin)
        discovery(cluster, GPU_TAINT["key"])

    assert [code for code, _ in causes(broken(both))] == ["EFA412", CODE]


def test_a_node_to_come_gets_the_label_of_a_worker_that_reaches_it() -> None:
    def before(cluster: Cluster) -> None:
        gpu_plugin_waits_for_label(cluster)
        discovery(cluster, GPU_TAINT["key"], EFA_TAINT["key"])
        cluster.without_nodes_of_pool()

    assert ask(CODE, broken(before)).findings == ()


def test_a_node_to_come_gets_none_from_a_worker_that_does_not() -> None:
    def before(cluster: Cluster) -> None:
        discovery_kept_off(cluster)
        cluster.without_nodes_of_pool()

    assert causes(broken(before)) == [(CODE, WORKER)]


def test_a_worker_on_a_node_that_has_just_become_ready_is_waited_for() -> None:
    def young(cluster: Cluster) -> None:
        gpu_plugin_waits_for_label(cluster)
        discovery(cluster, GPU_TAINT["key"], EFA_TAINT["key"])
        just_ready(cluster)
        pool_at_its_limit(cluster)

    found = ask(CODE, broken(young))
    assert (found.findings, len(found.awaited)) == ((), 1)
    assert report(broken(young)).verdict.value == "waiting"


def test_a_worker_that_ran_for_long_and_set_nothing_leaves_it_to_the_plugin() -> None:
    def old(cluster: Cluster) -> None:
        gpu_plugin_waits_for_label(cluster)
        discovery(cluster, GPU_TAINT["key"], EFA_TAINT["key"])

    assert one(CODE, broken(old)).object.name == PLUGIN


def test_a_label_set_by_hand_is_as_good() -> None:
    def labelled(cluster: Cluster) -> None:
        select_by_discovery(cluster.gpu_plugin)
        template = cluster.pool["spec"]["template"]
        for labelled in (cluster.node, template):
            metadata = labelled.setdefault("metadata", {})
            metadata.setdefault("labels", {})["nvidia.com/gpu.present"] = "true"

    assert status(CODE, broken(labelled)) == "pass"


def test_without_daemonsets_it_cannot_tell() -> None:
    cluster = broken(gpu_plugin_waits_for_label).unread_sources("cluster/daemonsets.apps")
    assert status(CODE, cluster) == "unknown"

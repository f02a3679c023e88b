"""Whether a device plugin will serve a node that does not exist yet."""

import pytest
from clusters import EFA_TAINT, GPU_TAINT, Cluster, Fault, broken
from faults.plugins import (
    discovery,
    efa_plugin_image_not_pulled,
    efa_plugin_rejected,
    efa_plugin_runs_as_non_root,
    gpu_plugin_crashes,
    spec_of,
)

from efadoctor.model.kubernetes import Node
from efadoctor.scheduling import pod_security
from efadoctor.scheduling.daemon_start import can_start, template_failure
from efadoctor.scheduling.devices import Device, plugins, ships_with
from efadoctor.scheduling.discovery import as_discovered, workers

LABEL = "feature.node.kubernetes.io/pci-10de.present"


def nothing(_: Cluster) -> None:
    """No fault."""


# ---- starting ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "device", "starts"),
    [
        (nothing, Device.EFA, True),
        (efa_plugin_rejected, Device.EFA, False),
        (efa_plugin_runs_as_non_root, Device.EFA, False),
        (efa_plugin_image_not_pulled, Device.EFA, False),
        (gpu_plugin_crashes, Device.GPU, True),
    ],
)
def test_what_fails_by_its_template_starts_nowhere_and_a_crash_may_be_the_node_s(
    fault: Fault, device: Device, starts: object
) -> None:
    snapshot = broken(fault).snapshot()
    (plugin,) = plugins(snapshot, device)
    assert can_start(snapshot, plugin) is starts


def test_one_pod_that_runs_shows_that_the_template_is_good() -> None:
    def one_of_two(cluster: Cluster) -> None:
        efa_plugin_image_not_pulled(cluster)
        pod = cluster.plugin_pod(cluster.efa_plugin)
        running = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
        other = {**pod, "metadata": {**pod["metadata"], "name": "other"}, "status": running}
        cluster.add(other)

    snapshot = broken(one_of_two).snapshot()
    (plugin,) = plugins(snapshot, Device.EFA)
    assert template_failure(snapshot, plugin) == ""


# ---- Pod Security -----------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "context", "pod", "field"),
    [
        ("privileged", {"privileged": True}, {}, None),
        ("baseline", {}, {}, None),
        ("baseline", {"privileged": True}, {}, "containers[0].securityContext.privileged"),
        (
            "baseline",
            {"capabilities": {"add": ["IPC_LOCK"]}},
            {},
            "containers[0].securityContext.capabilities.add",
        ),
        ("baseline", {"capabilities": {"add": ["CHOWN"]}}, {}, None),
        ("baseline", {}, {"hostNetwork": True}, "hostNetwork"),
        (
            "baseline",
            {},
            {"volumes": [{"name": "v", "hostPath": {"path": "/dev"}}]},
            "volumes[0].hostPath.path",
        ),
        ("restricted", None, {}, "containers[0].securityContext"),
        ("restricted", {}, {}, "containers[0].securityContext.runAsNonRoot"),
        (
            "restricted",
            {"runAsNonRoot": True},
            {},
            "containers[0].securityContext.allowPrivilegeEscalation",
        ),
        ("restricted", {"runAsNonRoot": True, "allowPrivilegeEscalation": False}, {}, None),
        (
            "restricted",
            {"allowPrivilegeEscalation": False},
            {"securityContext": {"runAsNonRoot": True}},
            None,
        ),
    ],
)
def test_a_level_names_the_first_field_that_it_does_not_allow(
    level: str, context: dict[str, object] | None, pod: dict[str, object], field: str | None
) -> None:
    def changed(cluster: Cluster) -> None:
        spec = spec_of(cluster.efa_plugin)
        spec["hostNetwork"] = False
        spec["containers"][0]["securityContext"] = context
        spec |= pod

    snapshot = broken(changed).snapshot()
    (plugin,) = plugins(snapshot, Device.EFA)
    found = pod_security.violation(plugin.spec.template.spec, level)
    assert (str(found) if found is not None else None) == field


# ---- discovery --------------------------------------------------------------


@pytest.mark.parametrize(
    ("tolerated", "labelled"),
    [
        ((GPU_TAINT["key"], EFA_TAINT["key"]), True),
        ((GPU_TAINT["key"],), False),
        ((), False),
    ],
)
def test_a_node_to_come_is_labelled_where_a_worker_will_run(
    tolerated: tuple[str, ...], labelled: object
) -> None:
    cluster = broken()
    discovery(cluster, *tolerated)
    snapshot = cluster.snapshot()
    node = snapshot.get(Node, cluster.node["metadata"]["name"])
    assert node is not None
    assert (LABEL in as_discovered(snapshot, node).metadata.labels) is labelled


def test_a_node_without_gpus_is_not_labelled() -> None:
    cluster = broken()
    discovery(cluster, GPU_TAINT["key"], EFA_TAINT["key"])
    snapshot = cluster.snapshot()
    plain = next(n for n in snapshot.all(Node) if not n.spec.taints)
    assert as_discovered(snapshot, plain) is plain


def test_the_topology_updater_of_the_same_image_is_no_worker() -> None:
    cluster = broken()
    discovery(cluster)["metadata"]["name"] = "nfd-topology-updater"
    assert workers(cluster.snapshot()) == ()


# ---- plugins that nodes come with --------------------------------------------


def auto_mode(cluster: Cluster) -> None:
    reference = {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"}
    cluster.pool["spec"]["template"]["spec"]["nodeClassRef"] = reference


def bottlerocket_class(cluster: Cluster) -> None:
    cluster.nodeclass["spec"]["amiSelectorTerms"] = [{"alias": "bottlerocket@latest"}]


def bottlerocket_node(cluster: Cluster) -> None:
    cluster.node["status"]["nodeInfo"]["osImage"] = "Bottlerocket OS 1.40.0 (aws-k8s-1.36-nvidia)"


@pytest.mark.parametrize(
    ("fault", "efa", "gpu"),
    [
        (nothing, False, False),
        (auto_mode, True, True),
        (bottlerocket_class, False, True),
        (bottlerocket_node, False, True),
    ],
)
def test_auto_mode_ships_both_plugins_and_bottlerocket_the_gpu_s(
    fault: Fault, efa: object, gpu: object
) -> None:
    cluster = broken(fault)
    snapshot = cluster.snapshot()
    node = snapshot.get(Node, cluster.node["metadata"]["name"])
    assert node is not None
    found = tuple(ships_with(snapshot, device, node) for device in (Device.EFA, Device.GPU))
    assert found == (efa, gpu)

"""EFA805: devices that the EFA plugin did not hand out."""

import pytest
from clusters import Cluster, broken
from faults import runtime
from faults.runtime import container, gpu_plugin, mount
from mending import left_after_fix
from questions import one, report, seen, status

CODE = "EFA805"
PLUGIN = "nvcr.io/nvidia/k8s-device-plugin"


def plugged(image: str = f"{PLUGIN}:v0.17.1", /, **more: object) -> Cluster:
    def change(cluster: Cluster) -> None:
        gpu_plugin(cluster).update({"image": image, **more})

    return broken(change)


def all_of_the_node(cluster: Cluster) -> Cluster:
    """The pod asks for all 32 interfaces of its type."""
    for amounts in container(cluster)["resources"].values():
        amounts["vpc.amazonaws.com/efa"] = "32"
    return cluster


def test_a_host_path_to_the_devices_is_named() -> None:
    finding = one(CODE, broken(runtime.device_exposure_conflict))
    assert (finding.object.kind, finding.object.name) == ("Pod", "trainer")
    assert seen(finding) == {"spec.volumes[0].hostPath.path": "/dev/infiniband"}


def test_taking_the_volume_out_removes_it() -> None:
    assert left_after_fix(CODE, broken(runtime.device_exposure_conflict)) == 0


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("/dev/infiniband", False),
        ("/dev/infiniband/", False),
        ("/dev/infiniband/uverbs0", False),
        ("/dev", False),
        ("/dev/shm", True),
        ("/dev/infiniband-old", True),
        ("/data", True),
    ],
)
def test_only_the_devices_of_the_host_count(path: str, *, right: bool) -> None:
    def change(cluster: Cluster) -> None:
        mount(cluster, path)

    assert status(CODE, broken(change)) == ("pass" if right else "warn")


@pytest.mark.parametrize(
    ("image", "right"),
    [
        (f"{PLUGIN}:v0.18.2", True),
        (f"{PLUGIN}:v0.19.0", False),
        (f"{PLUGIN}:v0.19.1-ubi9", False),
        (f"{PLUGIN}:v0.19.2@sha256:0123", False),
        (f"{PLUGIN}:v0.19.3", True),
        (f"{PLUGIN}:v0.19.20", True),
        (f"{PLUGIN}:v0.20.0", True),
        (f"{PLUGIN}:latest", True),
    ],
)
def test_three_versions_of_the_nvidia_plugin_mount_every_device(image: str, *, right: bool) -> None:
    assert status(CODE, plugged(image)) == ("pass" if right else "warn")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"env": [{"name": "MOFED_ENABLED", "value": "true"}]}, "env[0].value"),
        ({"args": ["--mofed-enabled"]}, "args[0]"),
        ({"args": ["--mofed-enabled=true"]}, "args[0]"),
        ({"command": ["nvidia-device-plugin", "--mofed-enabled=true"]}, "command[1]"),
        ({"env": [{"name": "MOFED_ENABLED", "value": "false"}]}, None),
        ({"args": ["--mofed-enabled=false"]}, None),
        (
            {
                "args": ["--mofed-enabled=false"],
                "env": [{"name": "MOFED_ENABLED", "value": "true"}],
            },
            None,
        ),
    ],
)
def test_what_the_plugin_is_told_counts_arguments_first(
    more: dict[str, object], field: str | None
) -> None:
    cluster = plugged(**more)
    if field is None:
        assert status(CODE, cluster) == "pass"
        return
    assert list(seen(one(CODE, cluster))) == [f"spec.template.spec.containers[0].{field}"]
    assert left_after_fix(CODE, cluster) == 0


def test_the_plugins_own_container_is_looked_at_not_its_sidecar() -> None:
    def beside(cluster: Cluster) -> None:
        sidecar = {
            "name": "nvidia-device-plugin-sidecar",
            "image": f"{PLUGIN}:v0.19.1",
            "command": ["config-manager"],
        }
        own = gpu_plugin(cluster)
        own["image"] = f"{PLUGIN}:v0.19.1"
        own["env"] = [{"name": "MOFED_ENABLED", "value": "false"}]
        cluster.gpu_plugin["spec"]["template"]["spec"]["containers"].insert(0, sidecar)

    assert status(CODE, broken(beside)) == "pass"


def test_a_default_that_was_switched_off_is_off() -> None:
    off = plugged(f"{PLUGIN}:v0.19.1", env=[{"name": "MOFED_ENABLED", "value": "false"}])
    assert status(CODE, off) == "pass"
    assert left_after_fix(CODE, plugged(f"{PLUGIN}:v0.19.1")) == 0


def test_a_pod_that_asks_for_the_whole_node_is_told_as_well() -> None:
    assert status(CODE, all_of_the_node(plugged(f"{PLUGIN}:v0.19.1"))) == "warn"


def test_a_pod_without_gpus_gets_no_devices_from_the_nvidia_plugin() -> None:
    cluster = plugged(f"{PLUGIN}:v0.19.1")
    for amounts in container(cluster)["resources"].values():
        del amounts["nvidia.com/gpu"]
    assert status(CODE, cluster) == "pass"


def test_it_is_a_warning() -> None:
    found = report(plugged(f"{PLUGIN}:v0.19.1"))
    assert (found.verdict.value, [f.code for f in found.warnings]) == ("schedulable", [CODE])
    (warning,) = found.warnings
    assert warning.object.kind == "DaemonSet"


def test_a_healthy_cluster_gets_nothing_and_unread_daemonsets_no_verdict() -> None:
    assert status(CODE, broken()) == "pass"
    unread = broken(runtime.device_exposure_conflict).unread_sources("cluster/daemonsets.apps")
    assert status(CODE, unread) == "unknown"

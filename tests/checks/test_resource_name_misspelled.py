"""EFA103: resource names that nothing has."""

import pytest
from clusters import EFA_PLUGIN, Cluster, broken
from faults.plugins import efa_plugin_taint_not_tolerated
from faults.pods import EFA, GPU, asking, resource_name_misspelled
from questions import causes, one, report, seen, status

from efadoctor.scheduling.resource_names import meant

CODE = "EFA103"


def test_the_name_that_was_meant_is_named() -> None:
    assert causes(broken(resource_name_misspelled)) == [(CODE, "trainer")]
    finding = one(CODE, broken(resource_name_misspelled))
    assert seen(finding)['spec.containers[0].resources.limits["vpc.amazon.com/efa"]'] == "4"
    assert finding.evidence[0].expected == EFA


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("vpc.amazon.com/efa", EFA),
        ("amazonaws.com/efa", EFA),
        ("aws.amazon.com/efa", EFA),
        ("vpc.amazonaws.com/EFA", EFA),
        ("vpc.amazonaws.com/efas", EFA),
        ("vpc.amazonws.com/efa", EFA),
        ("efa", EFA),
        ("nvidia.com/gpus", GPU),
        ("nvdia.com/gpu", GPU),
        ("nvidia/gpu", GPU),
        ("gpu", GPU),
        ("alpha.kubernetes.io/nvidia-gpu", GPU),
        ("example.com/aws-efa", EFA),
        ("example.com/shared-gpu", None),
        ("example.com/fpga", None),
        ("nvidia.com/mig-1g.5gb", None),
        ("nvidia.com/gpu.shared", None),
        ("rdma/hca_shared_devices_a", None),
        ("example.com/gpu", None),
    ],
)
def test_a_name_is_meant_for_a_device_that_it_is_near(written: str, right: str | None) -> None:
    assert meant(written) == right


def test_the_fix_asks_under_the_right_name() -> None:
    found = report(broken(resource_name_misspelled))
    assert found.plan is not None
    assert found.plan.verified is True


def test_a_bare_efa_that_the_scheduler_ignores_is_found_though_a_node_would_take_the_pod() -> None:
    def bare(cluster: Cluster) -> None:
        asking(cluster, EFA, None)
        asking(cluster, "efa", "4")

    assert causes(broken(bare)) == [(CODE, "trainer")]
    assert report(broken(bare)).verdict.value == "blocked"


def test_what_stands_behind_the_name_is_seen_as_well() -> None:
    found = causes(broken(resource_name_misspelled, efa_plugin_taint_not_tolerated))
    assert found == [(CODE, "trainer"), ("EFA402", EFA_PLUGIN[1])]


def test_a_name_that_a_node_advertises_is_right() -> None:
    def advertised(cluster: Cluster) -> None:
        asking(cluster, EFA, None)
        asking(cluster, "aws.amazon.com/efa", "1")
        cluster.node["status"]["allocatable"]["aws.amazon.com/efa"] = "4"

    assert status(CODE, broken(advertised)) == "pass"


def test_an_amd_gpu_is_no_misspelt_nvidia_gpu() -> None:
    def amd(cluster: Cluster) -> None:
        asking(cluster, GPU, None)
        asking(cluster, "amd.com/gpu", "8")

    assert status(CODE, broken(amd)) == "pass"


def test_both_names_at_once_lose_the_wrong_one() -> None:
    def both(cluster: Cluster) -> None:
        asking(cluster, "vpc.amazon.com/efa", "4")

    found = report(broken(both))
    assert [f.code for f in found.root_causes] == [CODE]
    assert found.plan is not None
    assert found.plan.verified is True


def test_without_nodes_it_cannot_be_told() -> None:
    cluster = broken(resource_name_misspelled).unread_sources("cluster/nodes")
    assert status(CODE, cluster) == "unknown"

"""EFA803: NCCL that goes past EFA."""

import pytest
from clusters import Cluster, broken
from faults.runtime import container, env, nccl_without_efa
from mending import left_after_fix
from questions import one, report, seen, status

CODE = "EFA803"


def with_image(image: str, **more: object) -> Cluster:
    def change(cluster: Cluster) -> None:
        container(cluster).update({"image": image, **more})

    return broken(change)


def test_a_variable_that_picks_sockets_is_named() -> None:
    finding = one(CODE, broken(nccl_without_efa))
    assert seen(finding) == {"spec.containers[0].env[0].value": "Socket"}
    assert left_after_fix(CODE, broken(nccl_without_efa)) == 0


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("NCCL_NET", "socket", False),
        ("NCCL_NET", "IB", False),
        ("NCCL_NET", "AWS Libfabric", True),
        ("NCCL_NET_PLUGIN", "none", False),
        ("NCCL_NET_PLUGIN", "ofi", True),
        ("NCCL_IB_DISABLE", "1", True),
        ("NCCL_SOCKET_IFNAME", "^lo,docker", True),
    ],
)
def test_only_variables_that_keep_the_plugin_out_count(
    name: str, value: str, *, right: bool
) -> None:
    def change(cluster: Cluster) -> None:
        env(cluster, name, value)

    assert status(CODE, broken(change)) == ("pass" if right else "warn")


@pytest.mark.parametrize(
    ("image", "right"),
    [
        ("nvcr.io/nvidia/pytorch:24.01-py3", False),
        ("nvcr.io/nvidia/pytorch:24.10-py3", False),
        ("nvcr.io/nvidia/pytorch:23.12-py3@sha256:0123", False),
        ("nvcr.io/nvidia/pytorch:25.09-py3", True),
        ("nvcr.io/nvidia/pytorch", True),
        ("pytorch/pytorch:2.7.0-cuda12.8-cudnn9-runtime", False),
        ("docker.io/pytorch/pytorch", False),
        ("registry.example/pytorch/pytorch:2.7.0", True),
        ("pytorch/pytorch-efa:2.7.0", True),
        ("registry.example/nvidia/pytorch:24.01-py3", True),
        ("763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:2.9.0-gpu", True),
        ("public.ecr.aws/hpc-cloud/nccl-tests:latest", True),
    ],
)
def test_an_image_is_named_only_where_it_is_known_to_lack_the_plugin(
    image: str, *, right: bool
) -> None:
    assert status(CODE, with_image(image)) == ("pass" if right else "warn")


NVIDIA = "nvcr.io/nvidia/pytorch:24.01-py3"


@pytest.mark.parametrize(
    "more",
    [
        {"command": ["bash", "-c", "/scratch/efa_installer.sh -y && train"]},
        {"args": ["export LD_LIBRARY_PATH=/opt/amazon/ofi-nccl/lib; train"]},
        {"env": [{"name": "LD_LIBRARY_PATH", "value": "/opt/aws-ofi-nccl/lib"}]},
        {"volumeMounts": [{"name": "efa", "mountPath": "/opt/amazon/efa"}]},
    ],
)
def test_a_pod_that_brings_the_plugin_is_not_told_to(more: dict[str, object]) -> None:
    assert status(CODE, with_image(NVIDIA, **more)) == "pass"


def test_without_gpus_there_is_no_nccl_to_speak_of() -> None:
    cluster = with_image(NVIDIA)
    for amounts in container(cluster)["resources"].values():
        del amounts["nvidia.com/gpu"]
    assert status(CODE, cluster) == "pass"


def test_an_image_and_a_variable_are_told_once() -> None:
    cluster = with_image(NVIDIA, env=[{"name": "NCCL_NET", "value": "Socket"}])
    assert list(seen(one(CODE, cluster))) == ["spec.containers[0].env[0].value"]


def test_it_is_a_warning() -> None:
    found = report(with_image(NVIDIA))
    assert (found.verdict.value, [f.code for f in found.warnings]) == ("schedulable", [CODE])


def test_a_healthy_cluster_gets_nothing() -> None:
    assert status(CODE, broken()) == "pass"

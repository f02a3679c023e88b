"""NCCL will use sockets: it is told to, or the image has no plugin for EFA.

## What it checks

Containers that ask for EFA: `NCCL_NET` should not be `Socket` or `IB`, nor `NCCL_NET_PLUGIN`
`none`. And where they ask for GPUs too, the image should not be one that is known to come without
`aws-ofi-nccl`: NVIDIA's `nvcr.io/nvidia/pytorch` up to 24.10, on top of which AWS's own builds
install it, or PyTorch's own on Docker Hub. A command, variable or mount that brings the plugin
counts.

## Why it matters

NCCL reaches EFA only through the plugin `aws-ofi-nccl` and libfabric. Without them it falls back to
TCP without a word, at a fraction of the bandwidth: "NET/Socket" in its log instead of "Selected
provider is efa".

## Evidence

The variable, or the image.

## Fix

Take the variable out. Use an image with the EFA installer's libfabric and `aws-ofi-nccl`: an AWS
Deep Learning Container, or NVIDIA's image with both installed on top. What a running job uses is
seen in its log with `NCCL_DEBUG=INFO`, which `efadoctor verify` reads.

## Sources

- https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html
- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start-nccl.html
- https://github.com/aws/aws-ofi-nccl
- https://github.com/aws-samples/awsome-distributed-training
- https://github.com/pytorch/pytorch/blob/main/Dockerfile
"""

import re
from collections.abc import Iterator

from efadoctor.authoring import Case, Evidence, Finding, Fix, Severity, Stage, check
from efadoctor.model.kubernetes import Pod, Workload
from efadoctor.scheduling.names import GPU
from efadoctor_checks import _efa_demand, _env
from efadoctor_checks._efa_demand import EfaContainer

_NOT_EFA = {
    "NCCL_NET": frozenset({"socket", "ib"}),
    "NCCL_NET_PLUGIN": frozenset({"none"}),
}
_NVIDIA = re.compile(r"nvcr\.io/nvidia/pytorch:(?P<year>\d\d)\.(?P<month>\d\d)(?!\d)")
_PYTORCH = re.compile(r"((registry-1\.)?docker\.io/)?pytorch/pytorch(:|@|$)")
_LAST_WITHOUT = (24, 10)
_BRINGS_PLUGIN = re.compile(
    r"efa[_-]installer|ofi[_-]nccl|nccl[_-]ofi|libnccl-net|/opt/amazon", re.IGNORECASE
)


@check(
    "EFA803",
    stage=Stage.RUNTIME,
    severity=Severity.WARNING,
    uses=(*_efa_demand.FACTS, Pod, Workload),
)
def nccl_without_efa(case: Case) -> Iterator[Finding]:
    """One finding for each variable, and for each image, that keeps NCCL from EFA."""
    told: set[str] = set()
    for variable in _env.variables(case):
        if variable.value.lower() in _NOT_EFA.get(variable.name, ()):
            told.add(variable.container.container.name)
            why = "NCCL does not load its EFA plugin"
            then = "NCCL talks through sockets while the EFA interfaces stand idle."
            yield _env.finding(case, variable, why=why, then=then)
    for asking in _efa_demand.efa_containers(case.snapshot, case.pod):
        if asking.container.name not in told and _lacks_plugin(asking):
            yield _of_image(case, asking)


def _lacks_plugin(asking: EfaContainer) -> bool:
    container = asking.container
    if not _is_without(container.image) or not container.resources.limits.get(GPU):
        return False
    brought = (
        *container.command,
        *container.args,
        *(v.value for v in container.env),
        *(m.mount_path for m in container.volume_mounts),
    )
    return not any(_BRINGS_PLUGIN.search(text) for text in brought)


def _is_without(image: str) -> bool:
    """Whether it is a public image that is known to be built without the plugin."""
    if _PYTORCH.match(image):
        return True
    found = _NVIDIA.match(image)
    return found is not None and (int(found["year"]), int(found["month"])) <= _LAST_WITHOUT


def _of_image(case: Case, asking: EfaContainer) -> Finding:
    image = asking.container.image
    return Finding(
        object=case.pod_ref,
        summary=f"NCCL will use sockets: image {image} has no aws-ofi-nccl.",
        evidence=(
            Evidence(
                object=case.pod_ref,
                field=asking.field("image"),
                value=image,
                expected="an image with libfabric's EFA provider and aws-ofi-nccl",
            ),
        ),
        chain=(
            "NCCL reaches EFA only through the plugin aws-ofi-nccl.",
            "Without it NCCL falls back to TCP without a word.",
        ),
        fixes=(
            Fix(
                title=f"Use an image with the EFA installer and aws-ofi-nccl on top of {image}",
                unprovable="what is in an image is not seen from the cluster",
            ),
        ),
        key=asking.container.name,
    )

"""The labels that Karpenter's AWS provider gives an instance type.

https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/types.go
(computeRequirements)
"""

import re
from collections.abc import Iterator

from efadoctor.model.aws import InstanceTypeInfo
from efadoctor.scheduling.instance_types import TypeFacts
from efadoctor.scheduling.names import ARCH, INSTANCE_TYPE, OS
from efadoctor.scheduling.requirements import Requirement, Requirements

_SCHEME = re.compile(r"([a-z]+)(?:-[0-9]+tb)?([0-9]+).*\.")


def labels_of(facts: TypeFacts, group: str) -> Requirements:
    """What the type itself is; where and how it is to be had is not in here.

    A label that the type does not have is there as ``DoesNotExist``.
    """
    of_type = {name: frozenset(v for v in values if v) for name, values in _labels(facts)}
    return Requirements(
        (
            Requirement(INSTANCE_TYPE, values=frozenset({facts.name})),
            Requirement(ARCH, values=frozenset({facts.arch})),
            Requirement(OS, values=frozenset({"linux"})),
            *(Requirement(f"{group}/{name}", values=values) for name, values in of_type.items()),
        )
    )


def _labels(facts: TypeFacts) -> Iterator[tuple[str, tuple[str, ...]]]:
    info = facts.info
    family, _, size = facts.name.partition(".")
    scheme = _SCHEME.match(facts.name)
    yield "instance-category", (scheme[1],) if scheme else ()
    yield "instance-generation", (scheme[2],) if scheme else ()
    yield "instance-family", (family,) if size else ()
    yield "instance-size", (size,)
    yield "instance-capability-flex", ("true" if "-flex" in family else "false",)
    yield "instance-cpu", (str(facts.vcpus),)
    yield "instance-memory", (str(facts.memory_mib),)
    yield "instance-hypervisor", (info.hypervisor,)
    yield "instance-tenancy", ("default", "dedicated")
    encrypted = info.network_info.encryption_in_transit_supported
    yield "instance-encryption-in-transit-supported", ("true" if encrypted else "false",)
    mbps = facts.network_mbps
    yield "instance-network-bandwidth", (str(mbps),) if mbps is not None else ()
    yield from _processor(info)
    yield from _storage(info)
    yield from _accelerators(info)


def _processor(info: InstanceTypeInfo) -> Iterator[tuple[str, tuple[str, ...]]]:
    processor = info.processor_info
    yield "instance-cpu-manufacturer", (_kebab(processor.manufacturer),)
    clock = processor.sustained_clock_speed_in_ghz
    mhz = (str(round(clock * 1000)),) if clock is not None else ()
    yield "instance-cpu-sustained-clock-speed-mhz", mhz


def _storage(info: InstanceTypeInfo) -> Iterator[tuple[str, tuple[str, ...]]]:
    store = info.instance_storage_info
    local = store is not None and store.nvme_support != "unsupported" and store.total_size_in_gb
    yield "instance-local-nvme", (str(local),) if local else ()
    ebs = info.ebs_info
    optimized = ebs.ebs_optimized_info if ebs is not None else None
    default = ebs is not None and ebs.ebs_optimized_support == "default"
    most = optimized.maximum_bandwidth_in_mbps if optimized is not None and default else None
    yield "instance-ebs-bandwidth", (str(most),) if most is not None else ()


def _accelerators(info: InstanceTypeInfo) -> Iterator[tuple[str, tuple[str, ...]]]:
    gpus = info.gpu_info.gpus if info.gpu_info is not None else ()
    gpu = gpus[0] if len(gpus) == 1 else None
    yield "instance-gpu-name", (_kebab(gpu.name),) if gpu else ()
    yield "instance-gpu-manufacturer", (_kebab(gpu.manufacturer),) if gpu else ()
    yield "instance-gpu-count", (str(gpu.count),) if gpu else ()
    yield "instance-gpu-memory", (str(gpu.memory_info.size_in_mi_b),) if gpu else ()
    devices = info.neuron_info.neuron_devices if info.neuron_info is not None else ()
    device = devices[0] if len(devices) == 1 else None
    yield "instance-accelerator-name", (_kebab(device.name),) if device else ()
    yield "instance-accelerator-manufacturer", ("aws",) if device else ()
    yield "instance-accelerator-count", (str(device.count),) if device else ()


def _kebab(text: str) -> str:
    return text.replace(" ", "-").lower()

"""Something besides the EFA device plugin puts RDMA devices into the container.

## What it checks

Pods that ask for EFA: they should not mount `/dev/infiniband` (or `/dev`) from the host. And where
they ask for GPUs as well, the NVIDIA device plugin should not mount every RDMA device:
`MOFED_ENABLED` or `--mofed-enabled` should be false. In its versions 0.19.0 to 0.19.2 it is true by
default.

## Why it matters

The EFA device plugin puts exactly the devices that were allocated into the container. With the rest
of the host's beside them, libfabric opens devices that are another pod's, or no EFA at all (the
NVLink controllers of p6-b200), and gives up: `fi_info -p efa` says "No data available", NCCL drops
to TCP.

## Evidence

The volume, or the plugin's variable, argument or version.

## Fix

Take the volume out: asking for `vpc.amazonaws.com/efa` is enough. Set `MOFED_ENABLED` to `false` in
the NVIDIA plugin.

## Sources

- https://docs.aws.amazon.com/eks/latest/userguide/device-management-efa.html
- https://github.com/NVIDIA/k8s-device-plugin/releases
- https://github.com/aws-samples/aws-do-eks/pull/63
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Evidence,
    Finding,
    Fix,
    Risk,
    Severity,
    Stage,
    check,
    reference,
)
from efadoctor.model.edits import append_to, set_field
from efadoctor.model.kubernetes import DaemonSet, Pod, Volume, Workload
from efadoctor.scheduling.devices import Device, plugin_on
from efadoctor.scheduling.names import GPU
from efadoctor_checks import _device_volumes, _efa_demand, _fabric, _mofed
from efadoctor_checks._mofed import Mofed


@check(
    "EFA805",
    stage=Stage.RUNTIME,
    severity=Severity.WARNING,
    needs=(DaemonSet,),
    uses=(*_fabric.FACTS, Pod, Workload),
)
def device_exposure_conflict(case: Case) -> Iterator[Finding]:
    """One finding for each volume, and for each NVIDIA plugin, that exposes devices."""
    if not _efa_demand.asks_for_efa(case):
        return
    for index, volume in enumerate(case.pod.spec.volumes):
        if _device_volumes.exposes(volume):
            yield _of_volume(case, index, volume)
    for daemonset in _plugins(case):
        setting = _mofed.setting(daemonset)
        if setting is not None:
            yield _of_plugin(daemonset, setting)


def _plugins(case: Case) -> tuple[DaemonSet, ...]:
    """The NVIDIA plugins that serve the pod.

    Even to a pod that holds all EFA interfaces: nodes have RDMA devices that are no EFA, and
    its own are then in every other GPU container.
    """
    found: dict[str, DaemonSet] = {}
    for path in _fabric.serving(case) if case.demand.get(GPU) else ():
        plugin = plugin_on(case.snapshot, Device.GPU, path.node)
        if plugin is not None:
            found[plugin.daemonset.metadata.uid] = plugin.daemonset
    return tuple(found.values())


def _of_volume(case: Case, index: int, volume: Volume) -> Finding:
    path = volume.host_path.path if volume.host_path is not None else ""
    return Finding(
        object=case.pod_ref,
        summary=f"Volume {volume.name} mounts the host's {path} beside the EFA devices asked for.",
        evidence=(
            Evidence(
                object=case.pod_ref,
                field=f"spec.volumes[{index}].hostPath.path",
                value=path,
                note="the EFA device plugin puts the allocated devices there by itself",
            ),
        ),
        chain=(
            "The container sees every RDMA device of the host, not only its own.",
            "libfabric fails on those that are no EFA of the pod's.",
        ),
        fixes=_device_volumes.without(case, index),
        key=volume.name,
    )


def _of_plugin(daemonset: DaemonSet, setting: Mofed) -> Finding:
    field, value = setting.wanted
    add = append_to if setting.adds else set_field
    return Finding(
        object=reference(daemonset),
        summary=(
            f"The NVIDIA device plugin {daemonset.metadata.name} mounts every RDMA device into GPU "
            "containers, other pods' EFA devices among them."
        ),
        evidence=(
            Evidence(
                object=reference(daemonset),
                field=setting.field,
                value=setting.value,
                expected="MOFED_ENABLED=false",
                note=setting.why,
            ),
        ),
        chain=(
            setting.why,
            "A pod that asks for some of the node's EFA interfaces sees all of them.",
        ),
        fixes=(
            Fix(
                title="Set MOFED_ENABLED to false in the NVIDIA device plugin",
                edits=(add(daemonset, field, value),),
                risk=Risk.RESTARTS,
                warning="Restarts the NVIDIA device plugin's pod on every node.",
            ),
        ),
        key="mofed",
    )

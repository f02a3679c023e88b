"""Device resources: which DaemonSet hands them out, and how many a node has to hand out.

A node advertises ``vpc.amazonaws.com/efa`` or ``nvidia.com/gpu`` only while the device
plugin's pod runs on it. The plugins are found by image, under whatever name and in
whatever namespace (chart ``stable/aws-efa-k8s-device-plugin`` in
https://github.com/aws/eks-charts, https://github.com/NVIDIA/k8s-device-plugin).
"""

from __future__ import annotations

from enum import Enum

import msgspec

from efadoctor.model.aws import Instance, NodeGroup
from efadoctor.model.derivations import Aspect
from efadoctor.model.karpenter import EC2NodeClass, NodeClaim, NodePool
from efadoctor.model.kubernetes import Container, DaemonSet, Node, Pod
from efadoctor.model.reference import ObjectRef, reference
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.daemonset import daemonset_verdict, planned_node
from efadoctor.scheduling.karpenter.vocabulary import AUTO_MODE_GROUP
from efadoctor.scheduling.names import EFA, GPU
from efadoctor.scheduling.quantity import amount, readable
from efadoctor.scheduling.refusals import Refusal

EFA_INTERFACE_TYPES = frozenset({"efa", "efa-only"})
"""``InterfaceType`` of a network interface that carries EFA (AWS: DescribeNetworkInterfaces)."""

_EFA_PLUGIN = "aws-efa-k8s-device-plugin"
_NVIDIA_IMAGES = frozenset(
    {"k8s-device-plugin", "nvidia-device-plugin", "nvidia-k8s-device-plugin"}
)
_NVIDIA_CONTAINERS = frozenset({"nvidia-device-plugin", "nvidia-device-plugin-ctr"})
_OTHER_PROGRAMS = ("config-manager", "gpu-feature-discovery", "mps-control-daemon")
"""What else NVIDIA's image runs, as a DaemonSet of its own or beside the plugin
(https://github.com/NVIDIA/k8s-device-plugin deployments/helm/nvidia-device-plugin/templates)."""


class Device(Enum):
    """The device resources whose plugins efadoctor knows."""

    EFA = EFA
    GPU = GPU


class PluginOnNode(msgspec.Struct, frozen=True, kw_only=True):
    """One device plugin seen from one node.

    ``refusals`` say why its DaemonSet wants no pod there; empty when it wants one.
    ``pod`` is the pod that it has there, None on a node that does not exist yet.
    """

    daemonset: DaemonSet
    refusals: tuple[Refusal, ...] = ()
    pod: Pod | None = None


class InterfaceCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many EFA interfaces a node has, and the field that says so."""

    count: int
    object: ObjectRef
    field: str
    from_aws: bool = False


def image_name(image: str) -> str:
    """The last element of an image's repository: no registry, no tag, no digest."""
    return image.partition("@")[0].rsplit("/", 1)[-1].partition(":")[0]


def is_plugin_for(daemonset: DaemonSet, device: Device) -> bool:
    """Whether a DaemonSet is a plugin for this device resource."""
    return plugin_container(daemonset, device) is not None


def plugin_container(daemonset: DaemonSet, device: Device) -> int | None:
    """Which container of a DaemonSet is the plugin for a device; None where none is.

    By image, else (a mirror may call the image what it likes) by the name that the charts
    give the container.
    """
    containers = daemonset.spec.template.spec.containers
    is_plugin = _is_efa_plugin if device is Device.EFA else _is_nvidia_plugin
    return next((n for n, c in enumerate(containers) if is_plugin(c)), None)


def _is_efa_plugin(container: Container) -> bool:
    return any(n.endswith(_EFA_PLUGIN) for n in (image_name(container.image), container.name))


def _is_nvidia_plugin(container: Container) -> bool:
    repository = container.image.lower()
    if "rocm" in repository or "amdgpu" in repository or "intel" in repository:
        return False
    program = container.command[0].rsplit("/", 1)[-1] if container.command else container.name
    if program.startswith(_OTHER_PROGRAMS):
        return False
    return image_name(container.image) in _NVIDIA_IMAGES or container.name in _NVIDIA_CONTAINERS


def plugins(snapshot: Snapshot, device: Device) -> tuple[DaemonSet, ...]:
    """The DaemonSets that serve a device resource, in the snapshot's order."""
    return snapshot.once_of(DaemonSet, _plugins)[device]


def _plugins(snapshot: Snapshot) -> dict[Device, tuple[DaemonSet, ...]]:
    daemonsets = snapshot.all(DaemonSet)
    return {device: tuple(d for d in daemonsets if is_plugin_for(d, device)) for device in Device}


def plugin_on(snapshot: Snapshot, device: Device, node: Node) -> PluginOnNode | None:
    """The plugin that serves a device on a node, or comes nearest to it; None without any.

    A plugin that has a pod there comes first, then the one with the fewest refusals.
    """
    found = [_on(snapshot, d, node) for d in plugins(snapshot, device)]
    return min(
        found,
        key=lambda p: (p.pod is None, len(p.refusals), p.daemonset.metadata.name),
        default=None,
    )


def _on(snapshot: Snapshot, daemonset: DaemonSet, node: Node) -> PluginOnNode:
    pods = snapshot.once_of((DaemonSet, DAEMON_PODS), _daemon_pods)
    pod = pods.get((daemonset.metadata.uid, node.metadata.name))
    refusals = _verdict(snapshot, daemonset, node)
    return PluginOnNode(daemonset=daemonset, refusals=refusals, pod=pod)


_Verdicts = dict[tuple[str, str], tuple[Node, tuple[Refusal, ...]]]


def _verdicts(_: Snapshot) -> _Verdicts:
    """Verdicts by DaemonSet and node, filled as they are asked for: many pods ask the same."""
    return {}


def _verdict(snapshot: Snapshot, daemonset: DaemonSet, node: Node) -> tuple[Refusal, ...]:
    known = snapshot.once_of(DaemonSet, _verdicts)
    meta = daemonset.metadata
    key = (meta.uid or f"{meta.namespace}/{meta.name}", node.metadata.name)
    judged = known.get(key)
    if judged is None or judged[0] is not node:
        judged = known[key] = (node, daemonset_verdict(daemonset, node))
    return judged[1]


DAEMON_PODS = Aspect(Pod, lambda pod: pod if _daemonset_uids(pod) else None)
"""The pods of DaemonSets."""


def _daemonset_uids(pod: Pod) -> list[str]:
    return [o.uid for o in pod.metadata.owner_references if o.kind == "DaemonSet"]


def _daemon_pods(snapshot: Snapshot) -> dict[tuple[str, str], Pod]:
    """Pods of device plugins by their DaemonSet's uid and their node.

    Of two on a node the one that stays: a failed pod may lie there until it is collected.
    """
    known = {
        d.metadata.uid: d for found in snapshot.once_of(DaemonSet, _plugins).values() for d in found
    }
    index: dict[tuple[str, str], Pod] = {}
    for pod in snapshot.all(Pod):
        for uid in _daemonset_uids(pod):
            where = (uid, pod.spec.node_name or planned_node(pod))
            if uid in known and (where not in index or _stays(pod)):
                index[where] = pod
    return index


def _stays(pod: Pod) -> bool:
    over = pod.status.phase in ("Failed", "Succeeded")
    return pod.metadata.deletion_timestamp is None and not over


def ships_with(snapshot: Snapshot, device: Device, node: Node) -> bool:
    """Whether a node comes with the plugin for a device, whatever DaemonSets there are.

    EKS Auto Mode runs both plugins itself; Bottlerocket's NVIDIA variants have the GPU plugin.
    https://docs.aws.amazon.com/eks/latest/userguide/device-management-efa.html
    https://bottlerocket.dev/en/os/latest/api/settings/kubelet-device-plugins/
    """
    pool = snapshot.get(NodePool, node.metadata.labels.get("karpenter.sh/nodepool", ""))
    if pool is not None and pool.spec.template.spec.node_class_ref.group == AUTO_MODE_GROUP:
        return True
    return device is Device.GPU and _is_bottlerocket(snapshot, node, pool)


def _is_bottlerocket(snapshot: Snapshot, node: Node, pool: NodePool | None) -> bool:
    """By the node itself, else by what would launch it."""
    if node.status.node_info.os_image:
        return node.status.node_info.os_image.startswith("Bottlerocket")
    if pool is not None:
        found = snapshot.get(EC2NodeClass, pool.spec.template.spec.node_class_ref.name)
        terms = found.spec.ami_selector_terms if found is not None else ()
        families = [found.spec.ami_family if found is not None else "", *(t.alias for t in terms)]
        return any(f.lower().startswith("bottlerocket") for f in families)
    group = snapshot.get(NodeGroup, node.metadata.labels.get("eks.amazonaws.com/nodegroup", ""))
    return group is not None and group.ami_type.startswith("BOTTLEROCKET")


def instance_of(snapshot: Snapshot, node: Node) -> Instance | None:
    """The EC2 instance behind a node (``aws:///zone/i-…``), None where it was not seen."""
    instance_id = node.spec.provider_id.rsplit("/", 1)[-1]
    return snapshot.get(Instance, instance_id) if instance_id else None


def claim_of(snapshot: Snapshot, node: Node) -> NodeClaim | None:
    """The NodeClaim that a node was launched for, None where there is none."""
    return snapshot.once(_claims).get(node.spec.provider_id or node.metadata.name)


def _claims(snapshot: Snapshot) -> dict[str, NodeClaim]:
    claims = snapshot.all(NodeClaim)
    by_node = {c.status.node_name: c for c in claims if c.status.node_name}
    return by_node | {c.status.provider_id: c for c in claims if c.status.provider_id}


def efa_interfaces(snapshot: Snapshot, node: Node) -> InterfaceCount | None:
    """How many EFA interfaces a node has: from EC2, else from its NodeClaim; None if unknown.

    Karpenter leaves ``vpc.amazonaws.com/efa`` out of a NodeClaim's capacity when it launched
    the instance without EFA interfaces (karpenter-provider-aws pkg/cloudprovider).
    """
    instance = instance_of(snapshot, node)
    if instance is not None and instance.network_interfaces:
        count = sum(i.interface_type in EFA_INTERFACE_TYPES for i in instance.network_interfaces)
        return InterfaceCount(
            count=count, object=reference(instance), field="NetworkInterfaces", from_aws=True
        )
    claim = claim_of(snapshot, node)
    if claim is not None and claim.status.capacity:
        count = amount(EFA, readable(claim.status.capacity).get(EFA, 0))
        return InterfaceCount(count=count, object=reference(claim), field="status.capacity")
    return None

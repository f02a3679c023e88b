"""The node that a managed node group would add."""

from __future__ import annotations

from efadoctor.model.aws import LaunchTemplateVersion, NodeGroup, Subnet
from efadoctor.model.kubernetes import Node, NodeSpec, NodeStatus, ObjectMeta, Taint
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.structs import Quantity
from efadoctor.scheduling.devices import EFA_INTERFACE_TYPES, Device
from efadoctor.scheduling.instance_types import known_types
from efadoctor.scheduling.names import INSTANCE_TYPE, NODEGROUP, ZONE
from efadoctor.scheduling.quantity import readable

_EFFECTS = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}


def launch_template(snapshot: Snapshot, group: NodeGroup) -> LaunchTemplateVersion | None:
    """The launch template version of a node group, None where it has none or none was read."""
    wanted = group.launch_template
    if wanted is None:
        return None
    versions = [
        v
        for v in snapshot.all(LaunchTemplateVersion)
        if v.launch_template_id == wanted.id or v.launch_template_name == wanted.name
    ]
    exact = [v for v in versions if str(v.version_number) == wanted.version]
    return next(iter(exact or versions), None)


def efa_interfaces_of(template: LaunchTemplateVersion) -> int:
    """How many EFA interfaces an instance of a launch template gets."""
    interfaces = template.launch_template_data.network_interfaces
    return sum(i.interface_type in EFA_INTERFACE_TYPES for i in interfaces)


def taints_of(group: NodeGroup) -> tuple[Taint, ...]:
    """A group's taints as Kubernetes spells them."""
    return tuple(
        Taint(key=t.key, value=t.value, effect=_EFFECTS.get(t.effect, t.effect))
        for t in group.taints
    )


def members(snapshot: Snapshot, group: NodeGroup) -> tuple[Node, ...]:
    """The nodes of a group, by their label."""
    nodes = snapshot.all(Node)
    return tuple(n for n in nodes if n.metadata.labels.get(NODEGROUP) == group.nodegroup_name)


def instance_type(snapshot: Snapshot, group: NodeGroup) -> str:
    """The type that a group launches: its first, else its launch template's, else its nodes'."""
    template = launch_template(snapshot, group)
    named = (*group.instance_types, template.launch_template_data.instance_type if template else "")
    nodes = (n.metadata.labels.get(INSTANCE_TYPE, "") for n in members(snapshot, group))
    return next((t for t in (*named, *nodes) if t), "")


def group_node(snapshot: Snapshot, group: NodeGroup) -> Node:
    """The node that a group would add, as it will be once its plugins run.

    What EC2 does not say (reserved memory, labels of the AMI) is taken from a node that
    the group has, where it has one.
    """
    siblings = members(snapshot, group)
    sibling = siblings[0] if siblings else Node()
    type_ = instance_type(snapshot, group)
    labels = {
        **sibling.metadata.labels,
        "kubernetes.io/os": "linux",
        **group.labels,
        NODEGROUP: group.nodegroup_name,
        INSTANCE_TYPE: type_,
        "kubernetes.io/hostname": f"{group.nodegroup_name}-new",
    }
    zones = {s.availability_zone for s in snapshot.all(Subnet) if s.subnet_id in group.subnets}
    if len(zones) == 1:
        labels[ZONE] = next(iter(zones))
    return Node(
        api_version="v1",
        kind="Node",
        metadata=ObjectMeta(name=f"{group.nodegroup_name}-new", labels=labels),
        spec=NodeSpec(taints=taints_of(group)),
        status=NodeStatus(allocatable=_allocatable(snapshot, group, sibling, type_)),
    )


def _allocatable(
    snapshot: Snapshot, group: NodeGroup, sibling: Node, type_: str
) -> dict[str, Quantity]:
    found: dict[str, Quantity] = {"pods": "110", **readable(sibling.status.allocatable)}
    facts = known_types(snapshot).get(type_)
    if facts is None:
        return found
    found.setdefault("cpu", f"{facts.vcpus}")
    found.setdefault("memory", f"{facts.memory_mib}Mi")
    found.setdefault("ephemeral-storage", "20Gi")
    template = launch_template(snapshot, group)
    interfaces = efa_interfaces_of(template) if template is not None else 0
    found[Device.EFA.value] = str(interfaces)
    found[Device.GPU.value] = str(facts.gpus)
    return found

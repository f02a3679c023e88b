"""The ends of the fabric: nodes that EFA traffic runs between, and the groups on each interface.

EFA traffic is neither IPv4 nor IPv6, so that only rules which reference security groups
apply to it: a rule for 0.0.0.0/0 allows nothing
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html#efa-start-security).
Rules of all groups on an interface add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from efadoctor.authoring import Case, EvidenceSource, Path, reference
from efadoctor.model.aws import (
    Cluster,
    Instance,
    IpPermission,
    LaunchTemplateVersion,
    NodeGroup,
    Reservation,
    SecurityGroup,
)
from efadoctor.model.karpenter import EC2NodeClass, NodeClaim
from efadoctor.model.kubernetes import Node
from efadoctor.model.reference import ObjectRef
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.devices import EFA_INTERFACE_TYPES, instance_of
from efadoctor.scheduling.karpenter.vocabulary import AUTO_MODE_GROUP
from efadoctor.scheduling.names import EFA, NODEGROUP
from efadoctor.scheduling.nodegroups import launch_template
from efadoctor_checks import _efa_demand, _paths

FACTS: tuple[type[Any], ...] = (
    *_efa_demand.FACTS,
    Cluster,
    EC2NodeClass,
    LaunchTemplateVersion,
    NodeGroup,
    Reservation,
)
"""What these questions read, for a check's ``uses``."""

ALL_TRAFFIC = "-1"
_NODECLASS = "karpenter.k8s.aws/ec2nodeclass"


class EfaInterface(msgspec.Struct, frozen=True, kw_only=True):
    """An EFA interface that is, or that a pool or group would give a node.

    ``object`` and ``field`` say where its groups stand.
    """

    groups: tuple[str, ...]
    object: ObjectRef
    field: str

    @property
    def source(self) -> EvidenceSource:
        of_cluster = self.object.kind == "EC2NodeClass"
        return EvidenceSource.CLUSTER if of_cluster else EvidenceSource.AWS


class End(msgspec.Struct, frozen=True, kw_only=True):
    """One end of the fabric: the EFA interfaces of one node, or of the nodes of a way in.

    Interfaces that carry the same groups are there once.
    """

    name: str
    interfaces: tuple[EfaInterface, ...] = ()
    nodeclass: EC2NodeClass | None = None


def serving(case: Case) -> tuple[Path, ...]:
    """The ways in whose EFA the pod would use: those that it means and that serve it.

    Whether a type serves is judged by the resources that a pod asks for: of one that claims
    EFA devices it says nothing.
    """
    selected = [p for p in case.paths if p.selected and p.serves is not False]
    known = [p for p in selected if p.serves and case.demand.get(EFA)]
    return tuple(known or selected or [p for p in case.paths if p.serves])


def own_ends(case: Case) -> Iterator[End]:
    """The ends that the pod itself is, or would be, at; none where it asks for no EFA."""
    if not _efa_demand.asks_for_efa(case):
        return
    for path in serving(case):
        if path.hypothetical:
            yield _of_path(case, path)
            continue
        for name in path.nodes:
            node = case.snapshot.get(Node, name)
            if node is not None:
                yield of_node(case.snapshot, node)


def of_node(snapshot: Snapshot, node: Node) -> End:
    """The end that a node is: by its instance, else by what launched it."""
    name = f"node {node.metadata.name}"
    labels = node.metadata.labels
    nodeclass = snapshot.get(EC2NodeClass, labels.get(_NODECLASS, ""))
    group = snapshot.get(NodeGroup, labels.get(NODEGROUP, ""))
    instance = instance_of(snapshot, node)
    if instance is not None and instance.network_interfaces:
        interfaces = snapshot.once(_of_instances)[instance.instance_id]
        return End(name=name, interfaces=interfaces, nodeclass=nodeclass)
    interfaces = _of_nodeclass(nodeclass) or _of_group(snapshot, group)
    return End(name=name, interfaces=interfaces, nodeclass=nodeclass)


def _of_path(case: Case, path: Path) -> End:
    claim = path.claim
    node = case.snapshot.get(Node, claim.status.node_name) if claim is not None else None
    instance = _instance_of_claim(case.snapshot, claim) if claim is not None else None
    nodeclass = nodeclass_of(case, path)
    name = f"a node of {_paths.named(path)}"
    if node is not None:
        return of_node(case.snapshot, node)
    if instance is not None and instance.network_interfaces:
        interfaces = case.snapshot.once(_of_instances)[instance.instance_id]
    else:
        interfaces = _of_nodeclass(nodeclass) or _of_group(case.snapshot, path.group)
    return End(name=name, interfaces=interfaces, nodeclass=nodeclass)


def _instance_of_claim(snapshot: Snapshot, claim: NodeClaim) -> Instance | None:
    identity = claim.status.provider_id.rpartition("/")[2]
    return snapshot.get(Instance, identity) if identity else None


def _of_instances(snapshot: Snapshot) -> dict[str, tuple[EfaInterface, ...]]:
    return {i.instance_id: _distinct(_of_instance(i)) for i in snapshot.all(Instance)}


def _of_instance(instance: Instance) -> Iterator[EfaInterface]:
    for index, interface in enumerate(instance.network_interfaces):
        if interface.interface_type in EFA_INTERFACE_TYPES:
            yield EfaInterface(
                groups=tuple(sorted(g.group_id for g in interface.groups)),
                object=reference(instance),
                field=f"NetworkInterfaces[{index}].Groups",
            )


def _of_nodeclass(nodeclass: EC2NodeClass | None) -> tuple[EfaInterface, ...]:
    """Karpenter puts every group that the NodeClass selects on every EFA interface."""
    if nodeclass is None or not nodeclass.status.security_groups:
        return ()
    groups = tuple(sorted(g.id for g in nodeclass.status.security_groups))
    ref = reference(nodeclass)
    return (EfaInterface(groups=groups, object=ref, field="status.securityGroups"),)


def _of_group(snapshot: Snapshot, group: NodeGroup | None) -> tuple[EfaInterface, ...]:
    """The EFA interfaces of a launch template; those without groups get the cluster's."""
    template = launch_template(snapshot, group) if group is not None else None
    if template is None:
        return ()
    return _distinct(
        EfaInterface(
            groups=tuple(sorted(interface.groups)),
            object=reference(template),
            field=f"LaunchTemplateData.NetworkInterfaces[{index}].Groups",
        )
        for index, interface in enumerate(template.launch_template_data.network_interfaces)
        if interface.interface_type in EFA_INTERFACE_TYPES and interface.groups
    )


def _distinct(interfaces: Iterable[EfaInterface]) -> tuple[EfaInterface, ...]:
    found: dict[tuple[str, ...], EfaInterface] = {}
    for interface in interfaces:
        found.setdefault(interface.groups, interface)
    return tuple(found.values())


def nodeclass_of(case: Case, path: Path) -> EC2NodeClass | None:
    """The EC2NodeClass that a way in's node has, or would have."""
    name = path.node.metadata.labels.get(_NODECLASS, "")
    if path.pool is not None:
        wanted = path.pool.spec.template.spec.node_class_ref
        name = wanted.name if wanted.group != AUTO_MODE_GROUP else ""
    return case.snapshot.get(EC2NodeClass, name) if name else None


def group_of(case: Case, path: Path) -> NodeGroup | None:
    """The managed node group that a way in's node is of, or would be."""
    name = path.node.metadata.labels.get(NODEGROUP, "")
    return path.group or (case.snapshot.get(NodeGroup, name) if name else None)


# ---- rules ------------------------------------------------------------------


def allows(permissions: Iterable[IpPermission], groups: Iterable[str]) -> bool:
    """Whether a rule for all traffic names one of the groups."""
    named = frozenset(groups)
    return any(
        pair.group_id in named
        for permission in permissions
        if permission.ip_protocol == ALL_TRAFFIC
        for pair in permission.user_id_group_pairs
    )


def rules(group: SecurityGroup, *, egress: bool) -> tuple[IpPermission, ...]:
    """A group's rules for one direction."""
    return group.ip_permissions_egress if egress else group.ip_permissions


def allows_itself(group: SecurityGroup) -> bool:
    """Whether a group lets all traffic from itself in and out."""
    own = (group.group_id,)
    return allows(group.ip_permissions, own) and allows(group.ip_permissions_egress, own)


def groups_on(snapshot: Snapshot, interface: EfaInterface) -> tuple[SecurityGroup, ...] | None:
    """The groups on an interface; None where there are none or one of them was not read."""
    found = [snapshot.get(SecurityGroup, g) for g in interface.groups]
    known = tuple(g for g in found if g is not None)
    return known if len(known) == len(found) and known else None


def is_of_cluster(snapshot: Snapshot, group: SecurityGroup) -> bool:
    """Whether it is the cluster's own group, which the control plane's interfaces carry too."""
    clusters = snapshot.all(Cluster)
    return any(group.group_id == c.resources_vpc_config.cluster_security_group_id for c in clusters)

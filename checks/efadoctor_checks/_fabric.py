"""The EFA interfaces that the pod's traffic would use, and the groups on each.

EFA traffic is neither IPv4 nor IPv6, so that only rules which reference security groups
apply to it: a rule for 0.0.0.0/0 allows nothing
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html#efa-start-security).
Rules of all groups on an interface add up.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import Case, Path, reference
from efadoctor.model.aws import Cluster, Instance, IpPermission, SecurityGroup
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor.model.reference import ObjectRef
from efadoctor.scheduling.devices import EFA, EFA_INTERFACE_TYPES, instance_of
from efadoctor.scheduling.nodegroups import launch_template

ALL_TRAFFIC = "-1"


class EfaInterface(msgspec.Struct, frozen=True, kw_only=True):
    """An EFA interface that is, or that a pool or group would give a node.

    ``object`` and ``field`` say where its groups stand.
    """

    groups: tuple[str, ...]
    object: ObjectRef
    field: str
    instance: Instance | None = None


def asks_for_efa(case: Case) -> bool:
    """Whether the pod asks for EFA: by the plugin's resource, or in a resource claim."""
    return bool(case.demand.get(EFA)) or bool(case.pod.spec.resource_claims)


def serving(case: Case) -> tuple[Path, ...]:
    """The ways in whose EFA the pod would use: those that it means and that serve it."""
    meant = [p for p in case.paths if p.serves is not False and p.selected]
    return tuple(meant or [p for p in case.paths if p.serves])


def efa_interfaces(case: Case) -> tuple[EfaInterface, ...]:
    """Every EFA interface in question, each set of groups on each kind of owner once."""
    if not asks_for_efa(case):
        return ()
    found: dict[tuple[str, ...], EfaInterface] = {}
    for path in serving(case):
        for interface in _of_path(case, path):
            found.setdefault(interface.groups, interface)
    return tuple(found.values())


def _of_path(case: Case, path: Path) -> Iterator[EfaInterface]:
    if not path.hypothetical:
        for name in path.nodes:
            yield from _of_node(case, name)
    elif path.pool is not None:
        yield from _of_nodeclass(case, path)
    elif path.group is not None:
        template = launch_template(case.snapshot, path.group)
        interfaces = template.launch_template_data.network_interfaces if template else ()
        for index, interface in enumerate(interfaces):
            if template and interface.interface_type in EFA_INTERFACE_TYPES and interface.groups:
                field = f"LaunchTemplateData.NetworkInterfaces[{index}].Groups"
                yield EfaInterface(
                    groups=tuple(sorted(interface.groups)), object=reference(template), field=field
                )


def _of_node(case: Case, name: str) -> Iterator[EfaInterface]:
    node = next((p.node for p in case.paths if p.node.metadata.name == name), None)
    instance = instance_of(case.snapshot, node) if node is not None else None
    if instance is None:
        return
    for index, interface in enumerate(instance.network_interfaces):
        if interface.interface_type in EFA_INTERFACE_TYPES:
            yield EfaInterface(
                groups=tuple(sorted(g.group_id for g in interface.groups)),
                object=reference(instance),
                field=f"NetworkInterfaces[{index}].Groups",
                instance=instance,
            )


def _of_nodeclass(case: Case, path: Path) -> Iterator[EfaInterface]:
    """Karpenter puts every group that the NodeClass selects on every EFA interface."""
    nodeclass = nodeclass_of(case, path)
    if nodeclass is not None and nodeclass.status.security_groups:
        groups = tuple(sorted(g.id for g in nodeclass.status.security_groups))
        yield EfaInterface(
            groups=groups, object=reference(nodeclass), field="status.securityGroups"
        )


def nodeclass_of(case: Case, path: Path) -> EC2NodeClass | None:
    """The NodeClass that a way in's node has, or would have."""
    of_pool = path.pool.spec.template.spec.node_class_ref.name if path.pool is not None else ""
    of_node = path.node.metadata.labels.get("karpenter.k8s.aws/ec2nodeclass", "")
    name = of_pool or of_node
    return case.snapshot.get(EC2NodeClass, name) if name else None


def allows(permissions: tuple[IpPermission, ...], groups: tuple[str, ...]) -> bool:
    """Whether a rule for all traffic names one of the groups."""
    return any(
        pair.group_id in groups
        for permission in permissions
        if permission.ip_protocol == ALL_TRAFFIC
        for pair in permission.user_id_group_pairs
    )


def known_groups(case: Case, interface: EfaInterface) -> tuple[SecurityGroup, ...] | None:
    """The groups on an interface; None where one of them was not read."""
    found = [case.snapshot.get(SecurityGroup, g) for g in interface.groups]
    known = tuple(g for g in found if g is not None)
    return known if len(known) == len(found) and known else None


def to_mend(case: Case, groups: tuple[SecurityGroup, ...], *, egress: bool) -> SecurityGroup:
    """The group that a missing rule belongs in.

    One that has the rule for the other direction, else one of the workers' own: the
    cluster's group is on the control plane's interfaces too.
    """

    def preference(group: SecurityGroup) -> tuple[bool, bool, str]:
        other = group.ip_permissions if egress else group.ip_permissions_egress
        shared = any(
            group.group_id == c.resources_vpc_config.cluster_security_group_id
            for c in case.snapshot.all(Cluster)
        )
        return (not allows(other, (group.group_id,)), shared, group.group_id)

    return min(groups, key=preference)

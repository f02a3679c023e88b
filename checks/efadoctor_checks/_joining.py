"""Instances that were launched and have not joined the cluster (EFA301)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import (
    AwsCall,
    Case,
    Command,
    Evidence,
    EvidenceSource,
    Fix,
    Snapshot,
    reference,
    set_field,
)
from efadoctor.model.aws import (
    Cluster,
    Instance,
    IpPermission,
    SecurityGroup,
)
from efadoctor.model.kubernetes import ConfigMap
from efadoctor_checks import _node_roles
from efadoctor_checks._node_roles import NODE_GROUPS, NodeRole, Refused, RefusedRole

READS = (*_node_roles.READS, SecurityGroup)

GONE = "instance gone"
"""The key of the cause that its instance is no more."""

NOT_STARTED = "instance not started"
"""The key of the cause that EC2 could not start the instance, for what it was told to use."""

_ENDED = frozenset({"shutting-down", "terminated", "stopping", "stopped"})
_HTTPS = 443


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Something visible that keeps an instance from joining, and how to mend it."""

    key: str
    said: str
    evidence: tuple[Evidence, ...]
    fixes: tuple[Fix, ...] = ()


def visible_causes(case: Case, role: NodeRole | None, instance: Instance | None) -> Iterator[Cause]:
    """What keeps an instance with this node role (None if not known) from joining."""
    found = _node_roles.refused(case, role) if role is not None else None
    if found is not None:
        yield _role_cause(case, found)
    if instance is not None and instance.state.name in _ENDED:
        shown = Evidence(
            object=reference(instance),
            field="State.Name",
            value=instance.state.name,
            expected="running",
            source=EvidenceSource.AWS,
        )
        why, more = _ended_for(instance)
        code = instance.state_reason.code if instance.state_reason is not None else ""
        told = code.startswith("Client.") and not code.endswith("InitiatedShutdown")
        yield Cause(
            key=NOT_STARTED if told else GONE,
            said=f"its instance is {instance.state.name}{why}",
            evidence=(shown, *more),
        )
    elif instance is not None:
        yield from _shut_in(case.snapshot, instance)


def _ended_for(instance: Instance) -> tuple[str, tuple[Evidence, ...]]:
    """The reason that EC2 gives for the end of an instance, by its code; nothing without one.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html
    """
    reason = instance.state_reason
    if reason is None or not reason.code:
        return "", ()
    given = Evidence(
        object=reference(instance),
        field="StateReason.Message",
        value=reason.message,
        source=EvidenceSource.AWS,
    )
    return f" ({reason.code})", (given,)


# ---- the role ---------------------------------------------------------------


def _role_cause(case: Case, found: RefusedRole) -> Cause:
    name = found.arn.rsplit("/", 1)[-1]
    return Cause(
        key=f"role {name}",
        said=f"node role {name} may not join: {found.why.value}",
        evidence=found.evidence,
        fixes=_role_fixes(case.snapshot, found),
    )


def _role_fixes(snapshot: Snapshot, found: RefusedRole) -> tuple[Fix, ...]:
    cluster = next(iter(snapshot.all(Cluster)), None)
    mode = cluster.access_config.authentication_mode if cluster and cluster.access_config else ""
    name = cluster.name if cluster is not None else snapshot.origin.cluster or "CLUSTER"
    create = AwsCall(
        service="eks",
        operation="create-access-entry",
        parameters={"clusterName": name, "principalArn": found.arn, "type": "EC2_LINUX"},
        duplicate_error="ResourceInUseException",
    )
    entry = Fix(title="Give the node role an access entry for nodes", edits=(create,))
    if found.why is Refused.WRONG_TYPE:
        delete = AwsCall(
            service="eks",
            operation="delete-access-entry",
            parameters={"clusterName": name, "principalArn": found.arn},
            duplicate_error="ResourceNotFoundException",
        )
        warning = "The type of an access entry cannot change; what it grants now is taken away."
        return (
            Fix(
                title="Make the role's access entry anew, for nodes",
                edits=(delete, create),
                warning=warning,
            ),
        )
    mapped = _mapped(snapshot, found, name)
    return (mapped,) if mode == "CONFIG_MAP" else (entry, mapped) if mode != "API" else (entry,)


def _mapped(snapshot: Snapshot, found: RefusedRole, cluster: str) -> Fix:
    """The role in aws-auth; by eksctl where a line of it would have to change."""
    title = "Map the node role in aws-auth"
    existing = snapshot.get(ConfigMap, "aws-auth", "kube-system")
    if existing is None or found.why is Refused.NO_GROUPS:
        argv = ["eksctl", "create", "iamidentitymapping", "--cluster", cluster]
        if snapshot.origin.region:
            argv += ["--region", snapshot.origin.region]
        argv += ["--arn", found.arn, "--username", "system:node:{{EC2PrivateDNSName}}"]
        for group in NODE_GROUPS:
            argv += ["--group", group]
        why = "eksctl writes the ConfigMap in its own way"
        return Fix(title=title, edits=(Command(argv=tuple(argv)),), unprovable=why)
    old = existing.data.get("mapRoles", "")
    parts = found.arn.split(":role/")
    plain_arn = f"{parts[0]}:role/{parts[-1].rsplit('/', 1)[-1]}"
    indent = old[: len(old) - len(old.lstrip(" "))]
    line = (
        f"{indent}- groups: [{', '.join(NODE_GROUPS)}]\n{indent}  rolearn: {plain_arn}\n"
        f"{indent}  username: system:node:{{{{EC2PrivateDNSName}}}}\n"
    )
    joined = f"{old.rstrip()}\n{line}" if old.strip() not in ("", "[]") else line
    return Fix(title=title, edits=(set_field(existing, "data.mapRoles", joined),))


# ---- the network ------------------------------------------------------------


def _shut_in(snapshot: Snapshot, instance: Instance) -> Iterator[Cause]:
    """No security group of the instance lets it out to the API server."""
    ids = dict.fromkeys(g.group_id for i in instance.network_interfaces for g in i.groups)
    groups = [snapshot.get(SecurityGroup, group) for group in ids]
    known = [g for g in groups if g is not None]
    servers = _api_server_groups(snapshot)
    if not known or len(known) < len(ids) or servers is None:
        return
    if any(_lets_out(p, servers) for g in known for p in g.ip_permissions_egress):
        return
    shown = tuple(
        Evidence(
            object=reference(g),
            field="IpPermissionsEgress",
            value=g.ip_permissions_egress or None,
            expected="a rule that lets TCP 443 out to the API server",
            source=EvidenceSource.AWS,
        )
        for g in known
    )
    rule = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    call = AwsCall(
        service="ec2",
        operation="authorize-security-group-egress",
        parameters={"GroupId": known[0].group_id, "IpPermissions": [rule]},
        duplicate_error="InvalidPermission.Duplicate",
    )
    yield Cause(
        key="egress",
        said="its security groups let nothing out to the API server",
        evidence=shown,
        fixes=(Fix(title=f"Let {known[0].group_id} send to anywhere", edits=(call,)),),
    )


def _api_server_groups(snapshot: Snapshot) -> frozenset[str] | None:
    """The groups of the API server's own interfaces, None where they are not known."""
    clusters = snapshot.all(Cluster)
    if not clusters:
        return None
    found = (
        {
            c.resources_vpc_config.cluster_security_group_id,
            *c.resources_vpc_config.security_group_ids,
        }
        for c in clusters
    )
    return frozenset().union(*found) - {""}


def _lets_out(rule: IpPermission, servers: frozenset[str]) -> bool:
    """Whether an egress rule covers TCP 443 to something that may be the API server.

    A rule without address ranges and groups names a prefix list, which is not looked into.
    """
    ports = range(rule.from_port or 0, (rule.to_port if rule.to_port is not None else 65535) + 1)
    covers = rule.ip_protocol == "-1" or (rule.ip_protocol in ("tcp", "6") and _HTTPS in ports)
    if not covers:
        return False
    if rule.ip_ranges or rule.ipv6_ranges or not rule.user_id_group_pairs:
        return True
    return any(p.group_id in servers for p in rule.user_id_group_pairs)

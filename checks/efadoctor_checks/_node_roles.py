"""Whether a node's IAM role may join the cluster.

A role joins through an access entry of a node type, or through ``aws-auth`` with the groups
``system:bootstrappers`` and ``system:nodes``, as far as the cluster's authentication mode
looks at either.
https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
"""

from __future__ import annotations

import re
from enum import Enum

import msgspec

from efadoctor.authoring import Case, Evidence, EvidenceSource, Snapshot, reference
from efadoctor.model.aws import (
    AccessEntry,
    AccessEntryArn,
    Cluster,
    Instance,
    InstanceProfile,
    NodeGroup,
)
from efadoctor.model.karpenter import EC2NodeClass, NodeClaim
from efadoctor.model.kubernetes import ConfigMap
from efadoctor.model.reference import ObjectRef

READS = (AccessEntry, AccessEntryArn, Cluster, Instance, InstanceProfile, EC2NodeClass, ConfigMap)

NODE_TYPES = frozenset({"EC2_LINUX", "EC2_WINDOWS", "EC2", "HYPERPOD_LINUX"})
NODE_GROUPS = ("system:bootstrappers", "system:nodes")
_CONFIG_MAP, _API = "CONFIG_MAP", "API"


class Refused(Enum):
    """Why a role may not join."""

    NO_ENTRY = "no access entry and no line in aws-auth names it"
    WRONG_TYPE = "its access entry is not of a type for nodes"
    NO_GROUPS = "its line in aws-auth lacks the groups of nodes"


class RefusedRole(msgspec.Struct, frozen=True, kw_only=True):
    """A role that may not join, and what shows it."""

    arn: str
    why: Refused
    evidence: tuple[Evidence, ...]


class NodeRole(msgspec.Struct, frozen=True, kw_only=True):
    """The role that an instance has, and the field that says so."""

    arn: str
    evidence: Evidence


def role_of_group(group: NodeGroup) -> NodeRole | None:
    """The node role of a managed node group."""
    if not group.node_role:
        return None
    shown = _aws_evidence(reference(group), "nodeRole", group.node_role)
    return NodeRole(arn=group.node_role, evidence=shown)


def role_of_claim(snapshot: Snapshot, claim: NodeClaim) -> NodeRole | None:
    """The node role of a NodeClaim's instance: by its profile, else by its NodeClass."""
    instance = snapshot.get(Instance, claim.status.provider_id.rsplit("/", 1)[-1])
    profile = ""
    if instance is not None and instance.iam_instance_profile is not None:
        profile = instance.iam_instance_profile.arn.rsplit("/", 1)[-1]
    return role_of_class(snapshot, claim.spec.node_class_ref.name, profile)


def role_of_class(snapshot: Snapshot, name: str, profile: str = "") -> NodeRole | None:
    """The node role of a NodeClass's instances, by their profile where that is known."""
    node_class = snapshot.get(EC2NodeClass, name)
    if not profile and node_class is not None:
        profile = node_class.status.instance_profile or node_class.spec.instance_profile
    found = snapshot.get(InstanceProfile, profile) if profile else None
    if found is not None and found.roles:
        arn = found.roles[0].arn
        return NodeRole(arn=arn, evidence=_aws_evidence(reference(found), "Roles[0].Arn", arn))
    arn = _arn(snapshot, node_class.spec.role) if node_class is not None else ""
    if node_class is None or not arn:
        return None
    shown = Evidence(object=reference(node_class), field="spec.role", value=node_class.spec.role)
    return NodeRole(arn=arn, evidence=shown)


def _arn(snapshot: Snapshot, role: str) -> str:
    """A role's ARN in the cluster's own account; "" where that is not known."""
    for cluster in snapshot.all(Cluster) if role else ():
        parts = cluster.arn.split(":")
        if len(parts) > 4 and parts[4]:  # noqa: PLR2004  (arn:partition:service:region:account:…)
            return f"arn:{parts[1]}:iam::{parts[4]}:role/{role}"
    return ""


def refused(case: Case, role: NodeRole) -> RefusedRole | None:
    """Why a role may not join; None where it may, or where too little was read to tell."""
    snapshot, arn = case.snapshot, role.arn
    mode = _mode(snapshot)
    entry = next((e for e in snapshot.all(AccessEntry) if _same(e.principal_arn, arn)), None)
    named = entry is not None or any(_same(e.arn, arn) for e in snapshot.all(AccessEntryArn))
    mapping = _aws_auth(snapshot)
    line = _line_for(mapping, arn) if mapping is not None else None
    if mode != _CONFIG_MAP and named:
        if entry is not None and entry.type.upper() not in NODE_TYPES:
            shown = _aws_evidence(reference(entry), "type", entry.type, "EC2_LINUX")
            return RefusedRole(arn=arn, why=Refused.WRONG_TYPE, evidence=(shown,))
        return None
    if mode != _API and line is not None:
        if all(group in line for group in NODE_GROUPS):
            return None
        return _in_config_map(arn, Refused.NO_GROUPS, line, snapshot)
    entries_known = mode == _CONFIG_MAP or snapshot.was_read_whole(AccessEntryArn)
    mapping_known = mode == _API or snapshot.was_read(ConfigMap)
    if not (entries_known and mapping_known):
        return None
    return _unnamed(role, snapshot, mode)


def _unnamed(role: NodeRole, snapshot: Snapshot, mode: str) -> RefusedRole:
    arn, shown = role.arn, [role.evidence]
    if mode != _API:
        shown.extend(_in_config_map(arn, Refused.NO_ENTRY, None, snapshot).evidence)
    shown.extend(
        _aws_evidence(reference(c), "accessConfig.authenticationMode", mode)
        for c in snapshot.all(Cluster)
        if mode
    )
    return RefusedRole(arn=arn, why=Refused.NO_ENTRY, evidence=tuple(shown))


def _in_config_map(arn: str, why: Refused, line: str | None, snapshot: Snapshot) -> RefusedRole:
    found = snapshot.get(ConfigMap, "aws-auth", "kube-system")
    if found is None:
        return RefusedRole(arn=arn, why=why, evidence=())
    shown = Evidence(
        object=reference(found),
        field="data.mapRoles",
        value=found.data.get("mapRoles"),
        expected=f"{arn} with groups {' and '.join(NODE_GROUPS)}",
        note="no line names the role" if line is None else "the line of the role lacks groups",
    )
    return RefusedRole(arn=arn, why=why, evidence=(shown,))


def _aws_evidence(
    ref: ObjectRef, field: str, value: object, expected: object = None, note: str = ""
) -> Evidence:
    return Evidence(
        object=ref,
        field=field,
        value=value,
        expected=expected,
        source=EvidenceSource.AWS,
        note=note,
    )


def _mode(snapshot: Snapshot) -> str:
    """``API``, ``CONFIG_MAP`` or both; "" where it is not known, and then both are looked at."""
    configs = (c.access_config for c in snapshot.all(Cluster))
    return next((c.authentication_mode for c in configs if c is not None), "")


def _same(one: str, other: str) -> bool:
    """Whether two ARNs name one role: aws-auth leaves the path of a role out."""
    first, second = one.split(":"), other.split(":")
    return first[4:5] == second[4:5] and one.rsplit("/", 1)[-1] == other.rsplit("/", 1)[-1]


# ---- aws-auth ---------------------------------------------------------------

_ITEM = re.compile(r"^(\s*)-\s", re.MULTILINE)
_ROLE = re.compile(r"""rolearn["']?\s*:\s*["']?(arn:[^\s"',}]+)""")


def _aws_auth(snapshot: Snapshot) -> str | None:
    """The roles that aws-auth maps, as written; None where it was not read."""
    if not snapshot.was_read(ConfigMap):
        return None
    found = snapshot.get(ConfigMap, "aws-auth", "kube-system")
    return found.data.get("mapRoles", "") if found is not None else ""


def _line_for(mapping: str, arn: str) -> str | None:
    """The list item that names a role, whole; None where none does."""
    for item in _items(mapping):
        named = _ROLE.search(item)
        if named is not None and _same(named[1], arn):
            return item
    return None


def _items(mapping: str) -> list[str]:
    """The items of the outermost list: those that are indented least."""
    starts = list(_ITEM.finditer(mapping))
    least = min((len(m[1]) for m in starts), default=0)
    cuts = [m.start() for m in starts if len(m[1]) == least]
    if not cuts:
        return [mapping]
    return [mapping[a:b] for a, b in zip(cuts, [*cuts[1:], len(mapping)], strict=True)]

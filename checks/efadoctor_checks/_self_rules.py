"""A security group's rule for all traffic to or from itself: EFA601 and EFA602 share this."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import AwsCall, Case, Evidence, EvidenceSource, Finding, Fix, reference
from efadoctor.model.aws import IpPermission, SecurityGroup
from efadoctor_checks import _fabric

DUPLICATE = "InvalidPermission.Duplicate"


def missing(case: Case, *, egress: bool) -> Iterator[Finding]:
    """One finding for each group that lacks the rule on some EFA interface."""
    seen: set[str] = set()
    for interface in _fabric.efa_interfaces(case):
        groups = _fabric.known_groups(case, interface)
        if groups is None or any(
            _fabric.allows(_permissions(g, egress=egress), interface.groups) for g in groups
        ):
            continue
        group = _fabric.to_mend(case, groups, egress=egress)
        if group.group_id not in seen:
            seen.add(group.group_id)
            yield _finding(group, interface, egress=egress)


def _permissions(group: SecurityGroup, *, egress: bool) -> tuple[IpPermission, ...]:
    return group.ip_permissions_egress if egress else group.ip_permissions


def _finding(group: SecurityGroup, interface: _fabric.EfaInterface, *, egress: bool) -> Finding:
    way, preposition = ("egress", "to") if egress else ("ingress", "from")
    rules = _permissions(group, egress=egress)
    cidrs = [r.cidr_ip for p in rules for r in p.ip_ranges]
    note = (
        f"the rule for {', '.join(cidrs)} does not count: EFA has no IP addresses" if cidrs else ""
    )
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group.group_id}]}
    field = "IpPermissionsEgress" if egress else "IpPermissions"
    return Finding(
        object=reference(group),
        summary=(
            f"Security group {group.group_id} has no {way} rule for all traffic {preposition} "
            "itself: EFA between nodes will not get through."
        ),
        evidence=(
            Evidence(
                object=reference(group),
                field=field,
                value=rules or None,
                expected=rule,
                source=EvidenceSource.AWS,
                note=note,
            ),
            Evidence(
                object=interface.object,
                field=interface.field,
                value=list(interface.groups),
                source=EvidenceSource.CLUSTER
                if interface.object.kind == "EC2NodeClass"
                else EvidenceSource.AWS,
                note="no group on this EFA interface has the rule",
            ),
        ),
        chain=(
            f"EFA needs a group on each interface that allows all traffic {preposition} itself.",
            "The pod schedules; libfabric then times out, or NCCL falls back to sockets.",
        ),
        fixes=(
            Fix(
                title=f"Allow all {way} {preposition} {group.group_id} itself",
                edits=(
                    AwsCall(
                        service="ec2",
                        operation=f"authorize-security-group-{way}",
                        parameters={"GroupId": group.group_id, "IpPermissions": [rule]},
                        duplicate_error=DUPLICATE,
                    ),
                ),
            ),
        ),
        key=way,
    )

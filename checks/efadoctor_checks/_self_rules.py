"""Rules for all traffic between groups: what EFA601 and EFA602 share, and a fix of EFA603."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from efadoctor.authoring import AwsCall, Case, Evidence, EvidenceSource, Finding, Fix, reference
from efadoctor.model.aws import SecurityGroup
from efadoctor.model.snapshot import Snapshot
from efadoctor_checks import _fabric
from efadoctor_checks._fabric import EfaInterface, End

DUPLICATE = "InvalidPermission.Duplicate"


def missing(case: Case, *, egress: bool) -> Iterator[Finding]:
    """One finding for each group that lacks the rule on some EFA interface."""
    seen: set[str] = set()
    judged: set[tuple[EfaInterface, ...]] = set()
    for end in _fabric.own_ends(case):
        if end.interfaces in judged:
            continue
        judged.add(end.interfaces)
        for interface, groups in _without_rule(case.snapshot, end, egress=egress):
            group = _to_mend(case.snapshot, groups, egress=egress)
            if group.group_id not in seen:
                seen.add(group.group_id)
                yield _finding(group, interface, egress=egress)


def _without_rule(
    snapshot: Snapshot, end: End, *, egress: bool
) -> Iterator[tuple[EfaInterface, Sequence[SecurityGroup]]]:
    """The interfaces on which no group has the rule.

    Where another interface of the same node carries a group that has both, what is wrong
    is that this one lacks the group: EFA603.
    """
    shared = {
        g.group_id
        for i in end.interfaces
        for g in _fabric.groups_on(snapshot, i) or ()
        if _fabric.allows_itself(g)
    }
    for interface in end.interfaces:
        groups = _fabric.groups_on(snapshot, interface)
        if groups is None or not shared.issubset(interface.groups):
            continue
        rules = (r for g in groups for r in _fabric.rules(g, egress=egress))
        if not _fabric.allows(rules, interface.groups):
            yield interface, groups


def _to_mend(snapshot: Snapshot, groups: Sequence[SecurityGroup], *, egress: bool) -> SecurityGroup:
    """The group that a missing rule belongs in.

    One that has the rule for the other direction, else one of the workers' own: the
    cluster's group is on the control plane's interfaces too.
    """

    def preference(group: SecurityGroup) -> tuple[bool, bool, str]:
        other = _fabric.rules(group, egress=not egress)
        half = _fabric.allows(other, (group.group_id,))
        return (not half, _fabric.is_of_cluster(snapshot, group), group.group_id)

    return min(groups, key=preference)


def _finding(group: SecurityGroup, interface: EfaInterface, *, egress: bool) -> Finding:
    way, preposition = ("egress", "to") if egress else ("ingress", "from")
    rules = _fabric.rules(group, egress=egress)
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group.group_id}]}
    return Finding(
        object=reference(group),
        summary=(
            f"Security group {group.group_id} has no {way} rule for all traffic {preposition} "
            "itself: EFA between nodes will not get through."
        ),
        evidence=(
            Evidence(
                object=reference(group),
                field="IpPermissionsEgress" if egress else "IpPermissions",
                value=rules or None,
                expected=rule,
                source=EvidenceSource.AWS,
                note=_note(group, egress=egress),
            ),
            Evidence(
                object=interface.object,
                field=interface.field,
                value=list(interface.groups),
                source=interface.source,
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


def introducing(group: SecurityGroup, other: str) -> Fix:
    """Rules that let two groups reach each other, both ways."""
    calls = [
        AwsCall(
            service="ec2",
            operation=f"authorize-security-group-{way}",
            parameters={
                "GroupId": of,
                "IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": named}]}],
            },
            duplicate_error=DUPLICATE,
        )
        for of, named in ((group.group_id, other), (other, group.group_id))
        for way in ("egress", "ingress")
    ]
    return Fix(title=f"Let {group.group_id} and {other} reach each other", edits=tuple(calls))


def _note(group: SecurityGroup, *, egress: bool) -> str:
    """Why the rules that come near do not count."""
    rules = _fabric.rules(group, egress=egress)
    partly = [r for r in rules if any(p.group_id == group.group_id for p in r.user_id_group_pairs)]
    if partly:
        protocols = ", ".join(dict.fromkeys(r.ip_protocol for r in partly))
        return f"a rule for protocol {protocols} does not count: EFA is neither TCP nor UDP"
    four = [r.cidr_ip for p in rules for r in p.ip_ranges]
    six = [r.cidr_ipv6 for p in rules for r in p.ipv6_ranges]
    if four or six:
        return f"rules for {', '.join((*four, *six))} do not count: EFA has no IP addresses"
    return ""

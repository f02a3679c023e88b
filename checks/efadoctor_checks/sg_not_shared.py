"""EFA interfaces that talk to each other share no security group that allows itself.

## What it checks

The EFA interfaces of the pod's node (or of the node that would be made for it) against those of the
nodes on which its peers run, and against each other on one node: two interfaces should have a
security group in common that allows all traffic from and to itself, or groups whose rules for all
traffic name each other, both ways. Peers are the pods of the same owner that ask for EFA.

## Why it matters

Each node looks right by itself: its group has the self-referencing rules. But a rule that names a
group lets its members through and no others, so that nodes of two node groups (or a network card
that was left out) cannot reach each other. The job starts and then hangs, or drops to TCP.

## Evidence

The groups on both interfaces.

## Fix

Put one group on every EFA interface: select it in both NodeClasses or launch templates. Rules that
let the two groups reach each other take effect at once, but AWS documents only the shared group.

## Sources

- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html
- https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-rules.html
"""

from collections.abc import Iterator
from itertools import combinations

from efadoctor.authoring import (
    Case,
    Evidence,
    Finding,
    Fix,
    Risk,
    Severity,
    Stage,
    append_to,
    check,
    reference,
)
from efadoctor.model.aws import SecurityGroup
from efadoctor.model.kubernetes import Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor_checks import _fabric, _group_reach, _peers, _self_rules
from efadoctor_checks._fabric import EfaInterface, End


@check(
    "EFA603",
    stage=Stage.NETWORK,
    severity=Severity.WARNING,
    needs=(SecurityGroup, Pod),
    uses=_fabric.FACTS,
)
def sg_not_shared(case: Case) -> Iterator[Finding]:
    """One finding for each pair of sets of groups that do not meet."""
    snapshot = case.snapshot
    peers = [_fabric.of_node(snapshot, p.node) for p in _peers.bound_peers(case)]
    seen: set[frozenset[tuple[str, ...]]] = set()
    for own in _fabric.own_ends(case):
        pairs = [(own, one, other) for one, other in combinations(own.interfaces, 2)]
        pairs += [(end, i, j) for end in peers for i in own.interfaces for j in end.interfaces]
        for end, one, other in pairs:
            pair = frozenset((one.groups, other.groups))
            if pair not in seen and _group_reach.are_apart(snapshot, one, other):
                seen.add(pair)
                yield _finding(snapshot, (own, one), (end, other))


def _finding(
    snapshot: Snapshot, own: tuple[End, EfaInterface], peer: tuple[End, EfaInterface]
) -> Finding:
    (here, one), (there, other) = own, peer
    group = _group_reach.to_share(snapshot, one, other)
    lacking = other if group.group_id in one.groups else one
    within = here.name == there.name
    who = f"the network cards of {here.name}" if within else f"{here.name} and {there.name}"
    ends = ((here, one), (there, other))
    return Finding(
        object=reference(group),
        summary=(
            f"EFA interfaces of {who} share no security group that allows itself: "
            "EFA between them will not get through."
        ),
        evidence=tuple(
            Evidence(
                object=interface.object,
                field=interface.field,
                value=list(interface.groups),
                expected=group.group_id if interface is lacking else None,
                source=interface.source,
                note=f"an EFA interface of {end.name}",
            )
            for end, interface in ends
        ),
        chain=(
            "Security groups apply to EFA only by rules that name groups.",
            f"No rule lets {', '.join(one.groups)} and {', '.join(other.groups)} reach each other.",
        ),
        fixes=(
            _sharing(there if lacking is other else here, group),
            _self_rules.introducing(group, lacking.groups[0]),
        ),
        key=",".join(sorted({*one.groups, *other.groups})),
    )


def _sharing(end: End, group: SecurityGroup) -> Fix:
    """The group on what launches the nodes that lack it."""
    if end.nodeclass is None:
        return Fix(
            title=f"Put {group.group_id} on every EFA interface of {end.name}",
            risk=Risk.REPLACES_NODES,
            unprovable="the launch template that makes the interfaces was not seen to change",
        )
    name = end.nodeclass.metadata.name
    return Fix(
        title=f"Select {group.group_id} in NodeClass {name} too",
        edits=(
            append_to(end.nodeclass, "spec.securityGroupSelectorTerms", {"id": group.group_id}),
        ),
        risk=Risk.REPLACES_NODES,
        warning=f"Drift replaces the nodes of NodeClass {name}.",
        unprovable="the interfaces of existing nodes keep their groups until they are replaced",
    )

"""Whether the groups on two EFA interfaces let each other through."""

from __future__ import annotations

from efadoctor.model.aws import SecurityGroup
from efadoctor.model.snapshot import Snapshot
from efadoctor_checks import _fabric
from efadoctor_checks._fabric import EfaInterface


def are_apart(snapshot: Snapshot, one: EfaInterface, other: EfaInterface) -> bool:
    """Whether EFA cannot pass, and not for want of a rule that EFA601 or EFA602 names."""
    ours, theirs = _fabric.groups_on(snapshot, one), _fabric.groups_on(snapshot, other)
    if ours is None or theirs is None:
        return False
    pairs = ((ours, theirs), (theirs, ours))
    if all(_reaches(a, b) for a, b in pairs):
        return False
    shares = not set(one.groups).isdisjoint(other.groups)
    return not shares or all(_reaches(g, g) for g in (ours, theirs))


def _reaches(source: tuple[SecurityGroup, ...], target: tuple[SecurityGroup, ...]) -> bool:
    out = (r for g in source for r in _fabric.rules(g, egress=True))
    into = (r for g in target for r in _fabric.rules(g, egress=False))
    return _fabric.allows(out, (g.group_id for g in target)) and _fabric.allows(
        into, (g.group_id for g in source)
    )


def to_share(snapshot: Snapshot, one: EfaInterface, other: EfaInterface) -> SecurityGroup:
    """The group to put on both: one that allows itself, rather the workers' than the cluster's."""
    groups = [g for i in (one, other) for g in _fabric.groups_on(snapshot, i) or ()]
    return min(
        groups,
        key=lambda g: (
            not _fabric.allows_itself(g),
            _fabric.is_of_cluster(snapshot, g),
            g.group_id not in one.groups,
            g.group_id,
        ),
    )

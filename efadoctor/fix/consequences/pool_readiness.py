"""Karpenter resolves a changed EC2NodeClass anew, and its NodePools follow.

A selector's terms are ORed, the parts of a term ANDed, ``*`` matches any value of a tag:
https://karpenter.sh/docs/concepts/nodeclasses/ . Only what AWS was seen to have resolves;
a condition that rests on anything else stays as it was read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from efadoctor.fix.change import Change
from efadoctor.model import aws
from efadoctor.model.karpenter import (
    EC2NodeClass,
    EC2NodeClassStatus,
    NodeClassSecurityGroup,
    NodeClassSubnet,
    NodePool,
    SelectorTerm,
)
from efadoctor.model.kubernetes import Condition
from efadoctor.model.reference import reference
from efadoctor.model.snapshot import Snapshot

_SELECTED = (aws.Subnet, aws.SecurityGroup, aws.PlacementGroup)
_READY, _VALIDATED = "Ready", "ValidationSucceeded"


def pool_readiness(change: Change, _as_read: Snapshot) -> Change:
    """NodeClasses and NodePools whose readiness follows from what was touched."""
    snapshot = change.after
    classes = {reference(v) for v in change.replaced if isinstance(v, EC2NodeClass)}
    pools = {reference(v) for v in change.replaced if isinstance(v, NodePool)}
    every = any(isinstance(v, _SELECTED) for v in change.replaced)
    if not (classes or pools or every):
        return Change.of(snapshot)
    changed: list[Any] = []
    for node_class in snapshot.all(EC2NodeClass):
        if every or reference(node_class) in classes:
            new = _resolved(snapshot, node_class)
            if new != node_class:
                changed.append(new)
    result = Change.of(snapshot, replaced=tuple(changed))
    names = {c.metadata.name for c in changed}
    followers = [
        _following(result.after, p)
        for p in snapshot.all(NodePool)
        if reference(p) in pools or p.spec.template.spec.node_class_ref.name in names
    ]
    new_pools = tuple(p for p in followers if p != snapshot.find(reference(p)))
    said = tuple(
        f"NodePool {p.metadata.name} becomes ready"
        for p in new_pools
        if status_of(p.status.conditions, _READY) == "True"
    )
    return result.then(Change.of(result.after, replaced=new_pools, said=said))


def _resolved(snapshot: Snapshot, node_class: EC2NodeClass) -> EC2NodeClass:
    """The NodeClass with what its selectors now find."""
    spec, status = node_class.spec, node_class.status
    found: dict[str, bool] = {}
    if snapshot.was_read(aws.Subnet):
        subnets = tuple(
            s
            for s in snapshot.all(aws.Subnet)
            if _by_terms(s, s.subnet_id, spec.subnet_selector_terms)
        )
        status = msgspec.structs.replace(
            status,
            subnets=tuple(
                NodeClassSubnet(
                    id=s.subnet_id, zone=s.availability_zone, zone_id=s.availability_zone_id
                )
                for s in subnets
            ),
        )
        found["SubnetsReady"] = bool(subnets)
    if snapshot.was_read(aws.SecurityGroup):
        groups = tuple(
            g
            for g in snapshot.all(aws.SecurityGroup)
            if _by_terms(g, g.group_id, spec.security_group_selector_terms, g.group_name)
        )
        status = msgspec.structs.replace(
            status,
            security_groups=tuple(
                NodeClassSecurityGroup(id=g.group_id, name=g.group_name) for g in groups
            ),
        )
        found["SecurityGroupsReady"] = bool(groups)
    selector = spec.placement_group_selector
    if selector is None:
        found["PlacementGroupReady"] = True
    elif snapshot.was_read(aws.PlacementGroup):
        found["PlacementGroupReady"] = any(
            g.state == "available"
            and (g.group_id == selector.id if selector.id else g.group_name == selector.name)
            for g in snapshot.all(aws.PlacementGroup)
        )
    return msgspec.structs.replace(node_class, status=_judged(status, found))


def _judged(status: EC2NodeClassStatus, found: dict[str, bool]) -> EC2NodeClassStatus:
    """Conditions as found; validation and readiness follow from the others."""
    conditions = list(status.conditions)
    if not conditions:
        conditions = [Condition(type=_VALIDATED, status="False", reason="DependenciesNotReady")]
        conditions.append(Condition(type=_READY))
    for type_, ok in found.items():
        _set(conditions, type_, ok=ok)
    rest = [c for c in conditions if c.type not in (_READY, _VALIDATED)]
    resolved = all(c.status == "True" for c in rest)
    waited = any(c.type == _VALIDATED and c.reason == "DependenciesNotReady" for c in conditions)
    if waited and resolved:
        _set(conditions, _VALIDATED, ok=True)
    ready = all(c.status == "True" for c in conditions if c.type != _READY)
    _set(conditions, _READY, ok=ready)
    return msgspec.structs.replace(status, conditions=tuple(conditions))


def _following(snapshot: Snapshot, pool: NodePool) -> NodePool:
    """A NodePool is ready if its NodeClass is and nothing else is amiss."""
    node_class = snapshot.get(EC2NodeClass, pool.spec.template.spec.node_class_ref.name)
    if node_class is None:
        return pool
    conditions = list(pool.status.conditions)
    ok = status_of(node_class.status.conditions, _READY) == "True"
    _set(conditions, "NodeClassReady", ok=ok)
    others = [c for c in conditions if c.type in ("NodeClassReady", _VALIDATED)]
    _set(conditions, _READY, ok=all(c.status == "True" for c in others))
    status = msgspec.structs.replace(pool.status, conditions=tuple(conditions))
    return msgspec.structs.replace(pool, status=status)


def _set(conditions: list[Condition], type_: str, *, ok: bool) -> None:
    """Set a condition's status; one that already has it stays as it is, reason and all."""
    status = "True" if ok else "False"
    for index, old in enumerate(conditions):
        if old.type == type_:
            if old.status != status:
                conditions[index] = Condition(type=type_, status=status, reason=type_)
            return
    conditions.append(Condition(type=type_, status=status, reason=type_))


def status_of(conditions: Iterable[Condition], type_: str) -> str:
    return next((c.status for c in conditions if c.type == type_), "")


def _by_terms(
    thing: aws.Subnet | aws.SecurityGroup,
    id_: str,
    terms: tuple[SelectorTerm, ...],
    name: str = "",
) -> bool:
    return any(_by_term(thing, id_, term, name) for term in terms)


def _by_term(
    thing: aws.Subnet | aws.SecurityGroup, id_: str, term: SelectorTerm, name: str
) -> bool:
    if term.id:
        return term.id == id_
    if term.name and term.name != name:
        return False
    tags = {t.key: t.value for t in thing.tags}
    return bool(term.name or term.tags) and all(
        key in tags and value in ("*", tags[key]) for key, value in term.tags.items()
    )

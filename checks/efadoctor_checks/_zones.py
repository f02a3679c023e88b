"""In which zones a NodePool or node group may launch.

Karpenter launches in the subnets that the NodeClass has resolved, as far as the NodePool's
requirements (and its template's labels) allow their zone and zone id
(https://karpenter.sh/docs/concepts/nodepools/#availability-zones).
"""

from __future__ import annotations

from typing import Any

import msgspec

from efadoctor.authoring import Case, Evidence, EvidenceSource, Path, reference
from efadoctor.model.aws import NodeGroup, Subnet
from efadoctor.model.karpenter import EC2NodeClass, NodeClassSubnet, NodePool
from efadoctor.model.karpenter import Requirement as WrittenRequirement
from efadoctor.scheduling.karpenter.vocabulary import ZONE_ID
from efadoctor.scheduling.names import ZONE
from efadoctor.scheduling.requirements import Requirement
from efadoctor_checks import _fabric

FACTS: tuple[type[Any], ...] = (EC2NodeClass, NodeGroup, Subnet)


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in a NodePool that says in which zones it may launch.

    ``field`` is its path in the NodePool, ``value`` what stands there.
    """

    field: str
    value: Any
    requirement: Requirement
    is_label: bool = False

    def admits(self, subnet: NodeClassSubnet) -> bool:
        return self.requirement.has(self.of(subnet))

    def of(self, subnet: NodeClassSubnet) -> str:
        """What of a subnet the requirement is about."""
        return subnet.zone_id if self.requirement.key == ZONE_ID else subnet.zone

    def changed(self, values: tuple[str, ...]) -> tuple[str, Any]:
        """The field to set and what to, so that these values are the ones it allows."""
        if self.is_label:
            return self.field, values[0]
        key = self.value.key
        return self.field, WrittenRequirement(key=key, operator="In", values=values)


def narrowings(pool: NodePool) -> tuple[Narrowing, ...]:
    """What a NodePool requires of the zone, or of the zone's id."""
    template = pool.spec.template
    found = [
        Narrowing(field=f"spec.template.spec.requirements[{index}]", value=r, requirement=wanted)
        for index, r in enumerate(template.spec.requirements)
        if (wanted := Requirement.of(r.key, r.operator, r.values)).key in (ZONE, ZONE_ID)
    ]
    found.extend(
        Narrowing(
            field=f'spec.template.metadata.labels["{key}"]',
            value=value,
            requirement=Requirement.of(key, "In", (value,)),
            is_label=True,
        )
        for key, value in template.metadata.labels.items()
        if key in (ZONE, ZONE_ID)
    )
    return tuple(found)


def launchable(nodeclass: EC2NodeClass, pool: NodePool) -> tuple[NodeClassSubnet, ...]:
    """The subnets of a NodeClass in which a NodePool may launch."""
    wanted = narrowings(pool)
    return tuple(s for s in nodeclass.status.subnets if all(n.admits(s) for n in wanted))


def requirement_of(path: Path) -> tuple[int, WrittenRequirement] | None:
    """The NodePool's own requirement on the zone, with its index."""
    if path.pool is None:
        return None
    requirements = path.pool.spec.template.spec.requirements
    return next(((i, r) for i, r in enumerate(requirements) if r.key == ZONE), None)


def subnet_zones(case: Case, path: Path) -> frozenset[str]:
    """The zones in which the NodeClass, or the node group, has a subnet; empty where unknown."""
    if path.pool is not None:
        nodeclass = _fabric.nodeclass_of(case, path)
        subnets = nodeclass.status.subnets if nodeclass is not None else ()
        return frozenset(s.zone for s in subnets if s.zone)
    if path.group is not None:
        found = [case.snapshot.get(Subnet, s) for s in path.group.subnets]
        known = [s.availability_zone for s in found if s is not None]
        return frozenset(known) if len(known) == len(found) else frozenset()
    return frozenset()


def allowed(case: Case, path: Path) -> frozenset[str]:
    """The zones that subnets and the NodePool itself leave; empty where that is not known."""
    nodeclass = _fabric.nodeclass_of(case, path)
    if path.pool is None or nodeclass is None:
        return subnet_zones(case, path)
    return frozenset(s.zone for s in launchable(nodeclass, path.pool) if s.zone)


def reachable(case: Case, path: Path) -> frozenset[str]:
    """Those of them in which types that serve the pod are to be had, where there are any."""
    judged = path.judgement.zones if path.judgement is not None else ()
    return frozenset(judged) or allowed(case, path)


def evidence(case: Case, path: Path) -> Evidence:
    """What narrows the zones: the NodePool's requirement, else the subnets, else the node."""
    found = narrowings(path.pool) if path.pool is not None else ()
    if path.pool is not None and found:
        return Evidence(object=reference(path.pool), field=found[0].field, value=found[0].value)
    nodeclass = _fabric.nodeclass_of(case, path) if path.pool is not None else None
    if nodeclass is not None:
        zones = sorted({s.zone for s in nodeclass.status.subnets})
        return Evidence(
            object=reference(nodeclass),
            field="status.subnets",
            value=nodeclass.status.subnets,
            note=f"in {', '.join(zones)}",
        )
    if path.group is not None:
        return Evidence(
            object=reference(path.group),
            field="subnets",
            value=list(path.group.subnets),
            source=EvidenceSource.AWS,
        )
    zone = path.node.metadata.labels.get(ZONE)
    return Evidence(object=reference(path.node), field=f'metadata.labels["{ZONE}"]', value=zone)


__all__ = [
    "FACTS",
    "ZONE",
    "ZONE_ID",
    "Narrowing",
    "allowed",
    "evidence",
    "launchable",
    "narrowings",
    "reachable",
    "requirement_of",
    "subnet_zones",
]

"""In which zones a NodePool or node group may launch."""

from __future__ import annotations

from efadoctor.authoring import Case, Evidence, EvidenceSource, Path, reference
from efadoctor.model.aws import Subnet
from efadoctor.model.karpenter import Requirement
from efadoctor_checks import _fabric

ZONE = "topology.kubernetes.io/zone"


def requirement_of(path: Path) -> tuple[int, Requirement] | None:
    """The NodePool's own requirement on the zone, with its index."""
    if path.pool is None:
        return None
    requirements = path.pool.spec.template.spec.requirements
    return next(((i, r) for i, r in enumerate(requirements) if r.key == ZONE), None)


def subnet_zones(case: Case, path: Path) -> frozenset[str]:
    """The zones in which the NodeClass, or the node group, has a subnet."""
    nodeclass = _fabric.nodeclass_of(case, path) if path.pool is not None else None
    if nodeclass is not None:
        return frozenset(s.zone for s in nodeclass.status.subnets if s.zone)
    if path.group is not None:
        subnets = (case.snapshot.get(Subnet, s) for s in path.group.subnets)
        return frozenset(s.availability_zone for s in subnets if s is not None)
    return frozenset()


def permitted(requirement: Requirement, zones: frozenset[str]) -> frozenset[str]:
    """Those of the zones that a requirement leaves."""
    match requirement.operator:
        case "In":
            return zones & frozenset(requirement.values)
        case "NotIn":
            return zones - frozenset(requirement.values)
        case "DoesNotExist":
            return frozenset()
        case _:
            return zones


def allowed(case: Case, path: Path) -> frozenset[str]:
    """The zones that subnets and the NodePool's requirement leave; empty where unknown."""
    zones = subnet_zones(case, path)
    found = requirement_of(path)
    return permitted(found[1], zones) if found is not None else zones


def evidence(case: Case, path: Path) -> Evidence:
    """What narrows the zones: the requirement, else the subnets."""
    found = requirement_of(path)
    if path.pool is not None and found is not None:
        index, requirement = found
        return Evidence(
            object=reference(path.pool),
            field=f"spec.template.spec.requirements[{index}]",
            value=requirement,
        )
    nodeclass = _fabric.nodeclass_of(case, path) if path.pool is not None else None
    if nodeclass is not None:
        zones = sorted({s.zone for s in nodeclass.status.subnets})
        return Evidence(object=reference(nodeclass), field="status.subnets", value=zones)
    if path.group is not None:
        return Evidence(
            object=reference(path.group),
            field="subnets",
            value=list(path.group.subnets),
            source=EvidenceSource.AWS,
        )
    return Evidence(object=reference(path.node), field="metadata.labels", value=None)

"""Whether the subnets in which a NodePool may launch have room for one more node.

Karpenter attaches an interface with an address of its own to every network card that has EFA
(https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/launchtemplate/launchtemplate.go);
``efa-only`` interfaces have none.
"""

from __future__ import annotations

from efadoctor.authoring import Case, Evidence, EvidenceSource, Path, reference
from efadoctor.model.aws import Subnet
from efadoctor.scheduling.instance_types import known_types
from efadoctor.scheduling.names import EFA, INSTANCE_TYPE
from efadoctor_checks import _fabric, _zones
from efadoctor_checks._failures import Failure
from efadoctor_checks._launches import Attempt


def full_subnets(case: Case, path: Path) -> Attempt | None:
    """The launch that will be refused because no subnet has enough free addresses.

    None where one has, and where the free addresses of any of them are not known.
    """
    node_class = _fabric.nodeclass_of(case, path) if path.pool is not None else None
    if node_class is None or path.claim is not None:
        return None
    needed = _addresses(case, path)
    zones = _zones.allowed(case, path)
    listed = [s.id for s in node_class.status.subnets if s.zone in zones]
    found = [s for name in listed if (s := case.snapshot.get(Subnet, name)) is not None]
    free = [c for s in found if (c := s.available_ip_address_count) is not None]
    if not free or len(free) < len(listed) or max(free) >= needed:
        return None
    evidence = tuple(
        Evidence(
            object=reference(subnet),
            field="AvailableIpAddressCount",
            value=subnet.available_ip_address_count,
            expected=f"at least {needed}",
            source=EvidenceSource.AWS,
        )
        for subnet in found
    )
    reason = f"{max(free)} free, {needed} needed"
    return Attempt(
        failure=Failure.ADDRESSES, reason=reason, evidence=evidence[0], more=evidence[1:]
    )


def _addresses(case: Case, path: Path) -> int:
    """How many addresses a new node takes for itself."""
    node_class = _fabric.nodeclass_of(case, path)
    listed = node_class.spec.network_interfaces if node_class is not None else None
    if listed is not None:
        return sum(i.interface_type == "interface" for i in listed)
    label = path.node.metadata.labels.get(INSTANCE_TYPE, "")
    facts = known_types(case.snapshot).get(label)
    return facts.efa_interfaces if facts is not None and case.demand.get(EFA) else 1

"""Whether a pod asks for EFA, and which of its containers do.

It does so by the device plugin's resource, or by a claim for EFA devices of the DRA driver
(https://docs.aws.amazon.com/eks/latest/userguide/device-management-efa.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from efadoctor.authoring import Case
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.karpenter import NodeClaim
from efadoctor.model.kubernetes import (
    Container,
    DeviceClass,
    Node,
    Pod,
    PodResourceClaim,
    ResourceClaim,
    ResourceClaimTemplate,
)
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.structs import Json
from efadoctor.scheduling.dra.objects import ClaimSpec, class_spec
from efadoctor.scheduling.names import EFA
from efadoctor.scheduling.quantity import amount, readable
from efadoctor.scheduling.resource_names import with_meant_names

FACTS: tuple[type[Any], ...] = (Node, NodeClaim, DeviceClass, ResourceClaim, ResourceClaimTemplate)
"""What these questions read, for a check's ``uses``."""

EFA_CLASS = "efa.networking.k8s.aws"
"""The DeviceClass of the chart ``aws-dranet`` (https://github.com/aws/eks-charts)."""

_EFA_DEVICE = "Elastic Fabric Adapter"


class EfaContainer(msgspec.Struct, frozen=True, kw_only=True):
    """A container that asks for EFA: its path in the pod's spec, and for how many interfaces.

    ``count`` is 0 where it asks by a claim.
    """

    path: FieldPath
    container: Container
    count: int = 0

    def in_spec(self, *steps: str) -> FieldPath:
        """The path in the pod's spec of something in the container."""
        return FieldPath((*self.path.steps, *steps))

    def field(self, *steps: str) -> str:
        """The path in the pod of something in the container."""
        return str(FieldPath(("spec", *self.path.steps, *steps)))


def asks_for_efa(case: Case) -> bool:
    """Whether the case's pod asks for EFA."""
    return bool(case.demand.get(EFA)) or bool(_efa_claims(case.snapshot, case.pod))


def pod_asks_for_efa(snapshot: Snapshot, pod: Pod) -> bool:
    """Whether any pod asks for EFA."""
    return any(True for _ in efa_containers(snapshot, pod))


def efa_containers(snapshot: Snapshot, pod: Pod) -> Iterator[EfaContainer]:
    """The containers that ask for EFA, whatever they call it."""
    claims = _efa_claims(snapshot, pod)
    spec = with_meant_names(snapshot, pod).spec
    for name, containers in (
        ("containers", spec.containers),
        ("initContainers", spec.init_containers),
    ):
        for index, container in enumerate(containers):
            resources = container.resources
            asked = readable({**resources.requests, **resources.limits})
            count = amount(EFA, asked.get(EFA, 0))
            if count or any(use.name in claims for use in resources.claims):
                path = FieldPath.of(name, index)
                yield EfaContainer(path=path, container=container, count=count)


def _efa_claims(snapshot: Snapshot, pod: Pod) -> frozenset[str]:
    """The names, in the pod, of its claims for EFA devices."""
    namespace = pod.metadata.namespace
    found = (c for c in pod.spec.resource_claims if _is_efa(snapshot, c, namespace))
    return frozenset(c.name for c in found)


def _is_efa(snapshot: Snapshot, use: PodResourceClaim, namespace: str) -> bool:
    classes = _classes(_spec_of(snapshot, use, namespace))
    return any(name == EFA_CLASS or _selects_efa(snapshot, name) for name in classes)


def _spec_of(snapshot: Snapshot, use: PodResourceClaim, namespace: str) -> Json:
    if use.resource_claim_name:
        claim = snapshot.get(ResourceClaim, use.resource_claim_name, namespace)
        return claim.spec if claim is not None else None
    name = use.resource_claim_template_name or ""
    template = snapshot.get(ResourceClaimTemplate, name, namespace)
    spec = template.spec if template is not None else None
    return spec.get("spec") if isinstance(spec, dict) else None


def _classes(spec: Json) -> Iterator[str]:
    try:
        claim = msgspec.convert(spec, ClaimSpec)
    except msgspec.ValidationError:
        return  # the API server takes no such claim: it asks for nothing
    for request in claim.devices.requests:
        yield from (wish.device_class_name for wish in request.wishes())


def _selects_efa(snapshot: Snapshot, name: str) -> bool:
    found = snapshot.get(DeviceClass, name)
    return found is not None and _EFA_DEVICE in str(class_spec(found).selectors)

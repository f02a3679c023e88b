"""Where a pod asks for a resource, and the edits that change what it asks for."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import Removing, Setting, SpecEdit
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.kubernetes import Container, Pod
from efadoctor.model.structs import Quantity
from efadoctor.scheduling.karpenter.amounts import canonical
from efadoctor.scheduling.quantity import amount


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One container's limit or request: its path in the pod's spec, and what it says."""

    container: Container
    list_name: str
    index: int
    side: str
    resource: str
    value: Quantity

    @property
    def path(self) -> FieldPath:
        """The path in a pod spec (``containers[0].resources.limits["nvidia.com/gpu"]``)."""
        return self.at / self.resource

    @property
    def at(self) -> FieldPath:
        return FieldPath.of(self.list_name, self.index, "resources", self.side)

    @property
    def field(self) -> str:
        """The path in the pod."""
        return str(FieldPath(("spec", *self.path.steps)))

    @property
    def amount(self) -> int:
        return amount(self.resource, self.value)


def asks(pod: Pod, resource: str) -> tuple[Ask, ...]:
    """Every limit and request of a resource, limits first."""
    return tuple(sorted(_asks(pod, resource), key=lambda a: (a.side != "limits", a.list_name)))


def _asks(pod: Pod, resource: str) -> Iterator[Ask]:
    lists = (("containers", pod.spec.containers), ("initContainers", pod.spec.init_containers))
    for list_name, containers in lists:
        for index, container in enumerate(containers):
            for side in ("limits", "requests"):
                amounts = getattr(container.resources, side)
                if resource in amounts:
                    yield Ask(
                        container=container,
                        list_name=list_name,
                        index=index,
                        side=side,
                        resource=resource,
                        value=amounts[resource],
                    )


def renaming(pod: Pod, wrong: str, right: str) -> tuple[SpecEdit, ...]:
    """The edits that move what is asked for under one name to another."""
    edits: list[SpecEdit] = []
    for ask in asks(pod, wrong):
        edits.append(Removing(ask.path))
        if right not in getattr(ask.container.resources, ask.side):
            edits.append(Setting(ask.at / right, ask.value))
    return tuple(edits)


def dropping(pod: Pod, resource: str) -> tuple[SpecEdit, ...]:
    """The edits that ask for none of a resource."""
    return tuple(Removing(ask.path) for ask in asks(pod, resource))


def lowering(pod: Pod, resource: str, requested: int, allowed: int) -> tuple[SpecEdit, ...]:
    """The edits that lower the pod's request to what is allowed, in the container that asks most.

    Empty where that container would be left with nothing.
    """
    found = [a for a in asks(pod, resource) if a.list_name == "containers"]
    if not found:
        return ()
    largest = max(found, key=lambda a: a.amount)
    left = largest.amount - (requested - allowed)
    if left <= 0:
        return ()
    if resource in ("memory", "ephemeral-storage"):
        left -= left % (1 << 20)
    return tuple(
        Setting(a.path, canonical(resource, min(left, a.amount)))
        for a in found
        if a.index == largest.index and (a.side == "requests" or a.amount > left)
    )

"""Equal parts of many pods, kept once.

A hundred thousand pods come from a few hundred templates. Their labels, tolerations, owners
and requests are equal, and frozen, so one copy serves all: a third of the memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from efadoctor.model.kubernetes import Container, ContainerStatus, Pod, Resources

_put = msgspec.structs.force_setattr


class Sharing:
    """Makes fresh pods of one list share what they have in common."""

    def __init__(self) -> None:
        self._parts: dict[Any, Any] = {}
        self._mappings: dict[Any, Mapping[str, Any]] = {}
        self._all_resources: dict[Any, Resources] = {}

    def __call__(self, pod: Pod) -> None:
        """Puts shared parts in the place of a pod's own; the pod must be nobody else's yet."""
        meta, spec = pod.metadata, pod.spec
        _put(meta, "namespace", self._one(meta.namespace))
        _put(meta, "labels", self._mapping(meta.labels))
        _put(meta, "owner_references", self._one(meta.owner_references))
        _put(spec, "node_name", self._one(spec.node_name))
        _put(spec, "node_selector", self._mapping(spec.node_selector))
        _put(spec, "tolerations", self._one(spec.tolerations))
        for container in (*spec.containers, *spec.init_containers):
            self._container(container)
        for status in pod.status.container_statuses:
            self._status(status)

    def _container(self, container: Container) -> None:
        _put(container, "name", self._one(container.name))
        _put(container, "image", self._one(container.image))
        _put(container, "env", self._one(container.env))
        _put(container, "resources", self._resources(container.resources))

    def _status(self, status: ContainerStatus) -> None:
        _put(status, "name", self._one(status.name))
        _put(status, "allocated_resources", self._mapping(status.allocated_resources))
        if status.resources is not None:
            _put(status, "resources", self._resources(status.resources))

    def _resources(self, resources: Resources) -> Resources:
        key = (tuple(resources.limits.items()), tuple(resources.requests.items()), resources.claims)
        return self._all_resources.setdefault(key, resources)

    def _mapping(self, mapping: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._mappings.setdefault(tuple(mapping.items()), mapping)

    def _one(self, part: Any) -> Any:
        return self._parts.setdefault(part, part)

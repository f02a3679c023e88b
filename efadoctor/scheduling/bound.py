"""The pods that hold something on a node, read for no more than that.

A large cluster has a hundred thousand bound pods of a few hundred shapes. So a row is not
decoded into a view: the parts of it that decide what it holds are taken out and encoded,
and only the first row of a shape is looked at closely. Rows that do not look as expected
take the slow way, where what does not fit becomes a gap.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from efadoctor.model.coverage import Gap
from efadoctor.model.decoding import convert
from efadoctor.model.derivations import Aspect
from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.kubernetes import Pod
from efadoctor.scheduling.affinity import AffinityTerm, anti_affinity_terms
from efadoctor.scheduling.ports import HostPort, host_ports
from efadoctor.scheduling.requests import pod_requests

SOURCE = "cluster/pods"
TERMINAL = frozenset({"Succeeded", "Failed"})
"""Phases in which a pod holds nothing; the scheduler does not even watch such pods."""

RESIZE_PENDING = "PodResizePending"

_encode = msgspec.json.Encoder().encode


PLACED = Aspect(Pod, lambda pod: pod if _has_place(pod) else None)
"""The pods that take room: bound to a node, or nominated to one."""


def _has_place(pod: Pod) -> bool:
    return bool(pod.spec.node_name or pod.status.nominated_node_name)


class Profile(msgspec.Struct, frozen=True):
    """What a bound pod holds, and which pods it keeps away."""

    requests: Mapping[str, int]
    ports: tuple[HostPort, ...]
    repels: tuple[AffinityTerm, ...]


class BoundPods:
    """Rows of bound pods by node, each with its profile.

    ``profile_of`` gives a row's profile by its number; ``nominated`` are the pending pods that
    the scheduler keeps room for, by node.
    """

    def __init__(self, rows: Sequence[Any]) -> None:
        self.rows = rows
        self.by_node: dict[str, list[int]] = {}
        self.profile_of: dict[int, Profile] = {}
        self.nominated: dict[str, list[int]] = {}
        self.gaps: list[Gap] = []
        self._profiles: dict[bytes, Profile] = {}
        self._names: dict[str, int] = {}
        self._namesakes: dict[str, list[int]] = {}
        self._read()

    def view(self, number: int) -> Pod:
        """The whole pod in this row; an empty one where a part that nobody had read is broken."""
        row = self.rows[number]
        if isinstance(row, Pod):
            return row
        views = convert([row], Pod, SOURCE).views
        return views[0] if views else Pod()

    def holds(self, number: int) -> bool:
        """Whether the pod in this row, bound or nominated, asks for sensible amounts.

        Its profile is there then.
        """
        if number not in self.profile_of:
            try:
                self.profile_of[number] = _profile(self.view(number))
            except InvalidQuantityError:  # such a pod is never scheduled
                return False
        return True

    def named(self, name: str) -> tuple[int, ...]:
        """The rows of the pods of this name, in whatever namespace."""
        first = self._names.get(name)
        return () if first is None else (first, *self._namesakes.get(name, ()))

    def _read(self) -> None:
        profile_of, profiles = self.profile_of, self._profiles
        by_node, names = self.by_node, self._names
        for number, row in enumerate(self.rows):
            try:
                node, key, name = _read_json(row) if type(row) is dict else _read_view(row)
                if key is None:
                    if node:
                        self.nominated.setdefault(node, []).append(number)
                    continue
                if not (type(node) is type(name) is str):
                    self._read_carefully(number)
                    continue
                profile = profiles.get(key)
                if profile is None:
                    profile = profiles[key] = _profile(_decoded(row))
            except (LookupError, TypeError, AttributeError, ValueError, RecursionError):
                self._read_carefully(number)
                continue
            profile_of[number] = profile
            if node in by_node:
                by_node[node].append(number)
            else:
                by_node[node] = [number]
            if names.setdefault(name, number) != number:
                self._namesakes.setdefault(name, []).append(number)

    def _read_carefully(self, number: int) -> None:
        """A row that is odd in some way: it counts if a pod can be made of it, else a gap does."""
        row = self.rows[number]
        decoded = convert([row], Pod, SOURCE) if not isinstance(row, Pod) else None
        if decoded is not None and not decoded.views:
            self.gaps.extend(decoded.gaps)
            return
        pod = self.view(number)
        if pod.status.phase in TERMINAL:
            return
        node = pod.spec.node_name
        if not node:
            if pod.status.nominated_node_name:
                self.nominated.setdefault(pod.status.nominated_node_name, []).append(number)
            return
        try:
            self.profile_of[number] = _profile(pod)
        except InvalidQuantityError as error:
            place = f"{pod.metadata.namespace}/{pod.metadata.name}"
            self.gaps.append(Gap(source=SOURCE, reason=str(error), place=place))
            return
        self.by_node.setdefault(node, []).append(number)
        if self._names.setdefault(pod.metadata.name, number) != number:
            self._namesakes.setdefault(pod.metadata.name, []).append(number)


def _decoded(row: Any) -> Pod:
    """Raises IndexError where no pod can be made of the row."""
    found: Pod = row if isinstance(row, Pod) else convert([row], Pod, SOURCE).views[0]
    return found


def _profile(pod: Pod) -> Profile:
    """Raises InvalidQuantityError."""
    return Profile(
        requests=pod_requests(pod),
        ports=host_ports(pod.spec),
        repels=anti_affinity_terms(pod.metadata, pod.spec),
    )


# ---- reading one row: its node, its shape and its name ----------------------
#
# Both return NOTHING for a pod that holds nothing, a node and no shape for one that is
# nominated to a node.

_Row = tuple[str, bytes | None, str]

NOTHING: _Row = ("", None, "")


def _read_json(pod: dict[str, Any]) -> _Row:
    spec, status = pod["spec"], pod.get("status") or {}
    if status.get("phase") in TERMINAL:
        return NOTHING
    node = spec.get("nodeName")
    if not node:
        return status.get("nominatedNodeName") or "", None, ""
    meta, containers = pod["metadata"], spec["containers"]
    statuses: Sequence[Any] = status.get("containerStatuses") or ()
    shape: list[Any]
    if len(containers) == len(statuses) == 1 and containers[0]["name"] == statuses[0]["name"]:
        one, held = containers[0], statuses[0]
        shape = [
            one.get("resources"),
            one.get("ports"),
            held.get("resources"),
            held.get("allocatedResources"),
        ]
    else:
        shape = [
            [[c["name"], c.get("resources"), c.get("ports")] for c in containers],
            [[s["name"], s.get("resources"), s.get("allocatedResources")] for s in statuses],
        ]
    init = spec.get("initContainers")
    if init:
        shape.append(_init_shape(init, status))
    affinity = spec.get("affinity")
    if affinity and affinity.get("podAntiAffinity"):
        repels = affinity["podAntiAffinity"], meta.get("namespace"), meta.get("labels")
        shape.append(["repels", repels])
    more = spec.get("overhead"), spec.get("resources"), spec.get("hostNetwork")
    if any(more):
        held = status.get("resources"), status.get("allocatedResources")
        shape.append(["pod", more, held])
    # A pod of the first generation was never resized, so nothing is pending.
    if meta.get("generation") != 1:
        pending = [c for c in status.get("conditions") or () if c.get("type") == RESIZE_PENDING]
        if pending:
            shape.append(["pending", pending[0].get("reason")])
    return node, _encode(shape), meta["name"]


def _init_shape(containers: list[Any], status: dict[str, Any]) -> list[Any]:
    return [
        "init",
        [
            [c["name"], c.get("resources"), c.get("ports"), c.get("restartPolicy")]
            for c in containers
        ],
        [
            [s["name"], s.get("resources"), s.get("allocatedResources")]
            for s in status.get("initContainerStatuses") or ()
        ],
    ]


def _read_view(pod: Pod) -> _Row:
    spec, status = pod.spec, pod.status
    if status.phase in TERMINAL:
        return NOTHING
    if not spec.node_name:
        return status.nominated_node_name, None, ""
    anti = spec.affinity.pod_anti_affinity if spec.affinity else None
    statuses = (*status.container_statuses, *status.init_container_statuses)
    shape = [
        [[c.name, c.resources, c.ports] for c in spec.containers],
        [[c.name, c.resources, c.ports, c.restart_policy] for c in spec.init_containers],
        [[s.name, s.resources, s.allocated_resources] for s in statuses],
        [spec.overhead, spec.resources, spec.host_network],
        [anti, pod.metadata.namespace, pod.metadata.labels] if anti else None,
        [c.reason for c in status.conditions if c.type == RESIZE_PENDING],
        [status.resources, status.allocated_resources],
    ]
    return spec.node_name, _encode(shape), pod.metadata.name

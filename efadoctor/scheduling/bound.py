"""The pods that hold something on a node, read for no more than that.

A large cluster has a hundred thousand bound pods of a few hundred shapes. So a row is not
decoded into a view: the parts of it that decide what it holds are taken out and encoded,
and only the first row of a shape is looked at closely. Rows that do not look as expected
take the slow way, where what does not fit becomes a gap.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from efadoctor.model.decoding import convert
from efadoctor.model.errors import InvalidQuantityError
from efadoctor.model.facts import Gap
from efadoctor.model.kubernetes import Pod
from efadoctor.scheduling.affinity import AffinityTerm, anti_affinity_terms
from efadoctor.scheduling.ports import HostPort, host_ports
from efadoctor.scheduling.requests import pod_requests

SOURCE = "cluster/pods"
TERMINAL = frozenset({"Succeeded", "Failed"})
"""Phases in which a pod holds nothing; the scheduler does not even watch such pods."""

_encode = msgspec.json.Encoder().encode


class Profile(msgspec.Struct, frozen=True):
    """What a bound pod holds, and which pods it keeps away."""

    requests: Mapping[str, int]
    ports: tuple[HostPort, ...]
    repels: tuple[AffinityTerm, ...]


class BoundPods:
    """Rows of bound pods by node, each with its profile.

    ``profile_of`` gives a row's profile by its number; ``nominated`` the pending pods that
    the scheduler keeps room for, by node.
    """

    def __init__(self, rows: Sequence[Any]) -> None:
        self.rows = rows
        self.by_node: dict[str, list[int]] = {}
        self.profile_of: dict[int, Profile] = {}
        self.nominated: dict[str, list[int]] = {}
        self.gaps: list[Gap] = []
        self._profiles: dict[bytes, Profile] = {}
        self._read()

    def view(self, number: int) -> Pod:
        """The whole pod in this row."""
        row = self.rows[number]
        if isinstance(row, Pod):
            return row
        found: Pod = convert([row], Pod, SOURCE).views[0]
        return found

    def _read(self) -> None:
        by_node, profile_of, profiles = self.by_node, self.profile_of, self._profiles
        for number, row in enumerate(self.rows):
            try:
                node, key = _read_json(row) if type(row) is dict else _read_view(row)
                if key is None:
                    if node:
                        self.nominated.setdefault(node, []).append(number)
                    continue
                profile = profiles.get(key)
                if profile is None:
                    profile = profiles[key] = _profile(self.view(number))
            except (LookupError, TypeError, AttributeError, ValueError, RecursionError):
                self._read_carefully(number)
                continue
            profile_of[number] = profile
            if node in by_node:
                by_node[node].append(number)
            else:
                by_node[node] = [number]

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


def _profile(pod: Pod) -> Profile:
    """Raises InvalidQuantityError."""
    return Profile(
        requests=pod_requests(pod),
        ports=host_ports(pod.spec),
        repels=anti_affinity_terms(pod.metadata, pod.spec),
    )


# ---- reading one row: its node and its shape ---------------------------------
#
# Both return ("", None) for a pod that holds nothing, (node, None) for one that is
# nominated to a node, and (node, shape) for a bound one.


def _read_json(pod: dict[str, Any]) -> tuple[str, bytes | None]:
    spec, status = pod["spec"], pod.get("status") or {}
    if status.get("phase") in TERMINAL:
        return "", None
    node = spec.get("nodeName")
    if not node:
        return status.get("nominatedNodeName") or "", None
    containers, init = spec["containers"], spec.get("initContainers")
    shape: list[Any] = [[c.get("resources"), c.get("ports")] for c in containers]
    if init:
        shape.append([[c.get("resources"), c.get("ports"), c.get("restartPolicy")] for c in init])
    affinity = spec.get("affinity")
    anti = affinity.get("podAntiAffinity") if affinity else None
    if anti:
        meta = pod["metadata"]
        shape.append(["repels", anti, meta.get("namespace"), meta.get("labels")])
    more = spec.get("overhead"), spec.get("resources"), spec.get("hostNetwork")
    if any(more):
        shape.append(["pod", more])
    if (
        spec.get("resources")
        or _is_resized(containers, status.get("containerStatuses"))
        or (init and _is_resized(init, status.get("initContainerStatuses")))
    ):
        names = [c["name"] for c in (*containers, *(init or ()))]
        shape.append(["status", names, _what_is_held(status)])
    return node, _encode(shape)


def _is_resized(containers: list[Any], statuses: list[Any] | None) -> bool:
    """Whether any status tells of other resources than those asked for."""
    if not statuses:
        return False
    if len(statuses) == 1 == len(containers):
        pairs = [(containers[0], statuses[0])]
    else:
        by_name = {c["name"]: c for c in containers}
        pairs = [(by_name.get(s["name"]) or {}, s) for s in statuses]
    for container, status in pairs:
        held = status.get("resources")
        if held is None:
            continue
        asked = (container.get("resources") or {}).get("requests")
        if held.get("requests") != asked or status.get("allocatedResources", asked) != asked:
            return True
    return False


def _what_is_held(status: dict[str, Any]) -> list[Any]:
    statuses = (
        *(status.get("containerStatuses") or ()),
        *(status.get("initContainerStatuses") or ()),
    )
    pending = [c for c in status.get("conditions") or () if c.get("type") == "PodResizePending"]
    return [
        [[s.get("name"), s.get("resources"), s.get("allocatedResources")] for s in statuses],
        [c.get("reason") for c in pending],
        status.get("resources"),
        status.get("allocatedResources"),
    ]


def _read_view(pod: Pod) -> tuple[str, bytes | None]:
    spec, status = pod.spec, pod.status
    if status.phase in TERMINAL:
        return "", None
    if not spec.node_name:
        return status.nominated_node_name, None
    anti = spec.affinity.pod_anti_affinity if spec.affinity else None
    held = [
        [s.name, s.resources, s.allocated_resources]
        for s in (*status.container_statuses, *status.init_container_statuses)
        if s.resources is not None
    ]
    shape = [
        [[c.resources, c.ports] for c in spec.containers],
        [[c.resources, c.ports, c.restart_policy] for c in spec.init_containers],
        [spec.overhead, spec.resources, spec.host_network],
        [anti, pod.metadata.namespace, pod.metadata.labels] if anti else None,
        [[c.name for c in (*spec.containers, *spec.init_containers)], held] if held else None,
        [c.reason for c in status.conditions if c.type == "PodResizePending"],
        [status.resources, status.allocated_resources],
    ]
    return spec.node_name, _encode(shape)

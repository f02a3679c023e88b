"""How long a cluster may take to do what it does by itself, and how to measure it.

Every age is measured against the snapshot's own now; a time that is not known is long ago.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from efadoctor.authoring import Snapshot
from efadoctor.model.clock import parse_time, timestamp
from efadoctor.model.kubernetes import Condition, ContainerState, Node, Pod

LAUNCHES_WITHIN = timedelta(minutes=5)
"""Karpenter gives up a NodeClaim that has no instance after this long
(https://github.com/kubernetes-sigs/karpenter/blob/v1.14.1/pkg/controllers/nodeclaim/lifecycle/liveness.go)."""

JOINS_WITHIN = timedelta(minutes=15)
"""Karpenter deletes a NodeClaim whose node has not registered after this long (same file);
EKS calls a node group's instance that has not joined by then NodeCreationFailure
(https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html)."""

STARTS_WITHIN = timedelta(minutes=5)
"""A daemon pod pulls its image and its plugin registers well within this long
(https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/)."""


def age(snapshot: Snapshot, time: str | None) -> timedelta | None:
    """How long ago a time was, None where it is not known."""
    then = parse_time(time)
    return snapshot.now - then if then is not None else None


def is_within(snapshot: Snapshot, time: str | None, limit: timedelta) -> bool:
    """Whether a time is known and less than this long ago."""
    passed = age(snapshot, time)
    return passed is not None and passed < limit


def deadline(time: str | None, limit: timedelta) -> str | None:
    """When waiting since a time stops being reasonable (RFC 3339)."""
    then = parse_time(time)
    return timestamp(then + limit) if then else None


def in_words(snapshot: Snapshot, time: str | None) -> str:
    """An age for a sentence: ``12 minutes``, ``3 hours``."""
    passed = age(snapshot, time)
    if passed is None:
        return "some time"
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute"
    for unit, size in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "some time"


def latest(times: Iterable[str | None]) -> str | None:
    """The latest of some times, None without any."""
    known = [(parsed, t) for t in times if (parsed := parse_time(t)) is not None]
    return max(known)[1] if known else None


# ---- since when -------------------------------------------------------------


def condition_of(conditions: Iterable[Condition], type_: str) -> Condition | None:
    """The condition of this type, None where there is none."""
    return next((c for c in conditions if c.type == type_), None)


def index_of(conditions: Iterable[Condition], type_: str) -> int | None:
    """Where it is in the list, for a field path."""
    return next((i for i, c in enumerate(conditions) if c.type == type_), None)


def is_ready(thing: Node | Pod) -> bool:
    """Whether a node's or a pod's Ready condition is True."""
    found = condition_of(thing.status.conditions, "Ready")
    return found is not None and found.status == "True"


def ready_since(node: Node) -> str | None:
    """Since when a node is ready; since when it exists, where that is not told."""
    found = condition_of(node.status.conditions, "Ready")
    told = found.last_transition_time if found is not None and found.status == "True" else None
    return told or node.metadata.creation_timestamp


def newest_ready(snapshot: Snapshot, names: Iterable[str]) -> str | None:
    """Since when the node of these that became ready last is ready: it may be the way in."""
    nodes = (snapshot.get(Node, name) for name in names)
    return latest(ready_since(n) for n in nodes if n is not None)


def newest(snapshot: Snapshot, names: Iterable[str]) -> str | None:
    """When the youngest of these nodes was made."""
    nodes = (snapshot.get(Node, name) for name in names)
    return latest(n.metadata.creation_timestamp for n in nodes if n is not None)


def running_since(state: ContainerState) -> str | None:
    """Since when a container runs, None where it does not."""
    return state.running.started_at if state.running is not None else None

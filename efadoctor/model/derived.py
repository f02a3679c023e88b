"""What follows from a snapshot's facts: instances, versions, times, coverage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from efadoctor.model import aws
from efadoctor.model.clock import EPOCH, parse_time
from efadoctor.model.coverage import Coverage, CoverageStatus, Gap
from efadoctor.model.facts import SOURCES
from efadoctor.model.karpenter import NodeClaim
from efadoctor.model.kubernetes import Event, Node, Pod
from efadoctor.model.version import ServerVersion

if TYPE_CHECKING:
    from efadoctor.model.snapshot import Snapshot


def instances(snapshot: Snapshot) -> tuple[aws.Instance, ...]:
    """Every EC2 instance: ``DescribeInstances`` lists them under their reservations."""
    return tuple(i for r in snapshot.all(aws.Reservation) for i in r.instances)


def newest_kubelet(snapshot: Snapshot) -> ServerVersion:
    """The version of the newest kubelet; a kubelet is never newer than its API server.

    https://kubernetes.io/releases/version-skew-policy/#kubelet
    """
    kubelets = (n.status.node_info.kubelet_version for n in snapshot.all(Node))
    return max((ServerVersion.parse(v) for v in kubelets if v), default=ServerVersion())


def newest_time(snapshot: Snapshot) -> datetime:
    """The newest time that any object tells; the epoch where none does."""
    return max((t for t in map(parse_time, _times(snapshot)) if t), default=EPOCH)


def _times(snapshot: Snapshot) -> Iterator[str | None]:
    for event in snapshot.all(Event):
        yield from (event.last_timestamp, event.event_time, event.metadata.creation_timestamp)
        yield event.series.last_observed_time if event.series else None
    for instance in snapshot.all(aws.Instance):
        yield instance.launch_time
    things: tuple[Node | Pod | NodeClaim, ...]
    things = (*snapshot.all(Node), *snapshot.all(Pod), *snapshot.all(NodeClaim))
    for thing in things:
        yield thing.metadata.creation_timestamp
        for condition in thing.status.conditions:
            yield condition.last_transition_time


def coverage(snapshot: Snapshot) -> tuple[Coverage, ...]:
    """How far each known source was read, in the order of the sources; unknown ones last."""
    gaps: dict[str, Gap] = {}
    for first in snapshot.gaps:
        gaps.setdefault(first.source, first)
    partial = {p.source: p for p in snapshot.partial}
    found: list[Coverage] = []
    for name in SOURCES:
        gap = gaps.pop(name, None)
        if name in partial:
            said = (partial[name].field_selector, gap.reason if gap is not None else "")
            detail = "; ".join(filter(None, said))
            found.append(Coverage(source=name, status=CoverageStatus.PARTIAL, detail=detail))
        elif gap is not None:
            where = f"{gap.place}: " if gap.place else ""
            found.append(Coverage(source=name, status=gap.status, detail=where + gap.reason))
        elif snapshot.of_source(name) is not None:
            found.append(Coverage(source=name, status=CoverageStatus.READ))
        else:
            found.append(Coverage(source=name, status=CoverageStatus.ABSENT, detail="not read"))
    others = (Coverage(source=s, status=g.status, detail=g.reason) for s, g in gaps.items())
    return (*found, *others)

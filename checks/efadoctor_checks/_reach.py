"""How far EFA reaches: within one zone and VPC, and between types that talk to each other.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html#efa-limits
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import msgspec

from efadoctor.authoring import Case, Path, Snapshot
from efadoctor.model.kubernetes import Node
from efadoctor.scheduling.devices import instance_of
from efadoctor.scheduling.names import INSTANCE_TYPE, ZONE
from efadoctor_checks import _fabric, _paths

_OF_THEIR_OWN = ({"p4d", "p4de"}, {"dl1"})
"""Families that talk EFA to none outside their set."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A node that a pod is on or could get, as far as EFA's reach goes; "" where unknown."""

    name: str
    zone: str = ""
    vpc: str = ""
    type: str = ""
    node: Node | None = None
    path: Path | None = None

    @property
    def family(self) -> str:
        return self.type.partition(".")[0]


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps two places apart: the kind of thing, a label (or the VPC), and both values."""

    kind: str
    label: str
    ours: str
    theirs: str


def landings(case: Case) -> tuple[Path, ...]:
    """Where the pod would land as things are, else where it could once something changes."""
    serving = _fabric.serving(case)
    free = [p for p in serving if not p.refusals and not (p.judgement and p.judgement.blockers)]
    now = [p for p in free if not p.hypothetical]
    return tuple(now or free or serving)


def places(case: Case, path: Path) -> Iterator[Place]:
    """The nodes of a way in, or each kind of node that it could make."""
    if not path.hypothetical:
        nodes = (case.snapshot.get(Node, name) for name in path.nodes)
        yield from (place(case.snapshot, n) for n in nodes if n is not None)
        return
    labels = path.node.metadata.labels
    judged = path.judgement
    zones = (judged.zones if judged else ()) or (labels.get(ZONE, ""),)
    types = [t.name for t in judged.closest] if judged else []
    for zone, type_ in product(zones, types or [labels.get(INSTANCE_TYPE, "")]):
        yield Place(name=f"a node of {_paths.named(path)}", zone=zone, type=type_, path=path)


def place(snapshot: Snapshot, node: Node) -> Place:
    labels = node.metadata.labels
    instance = instance_of(snapshot, node)
    return Place(
        name=f"node {node.metadata.name}",
        zone=labels.get(ZONE, ""),
        vpc=instance.vpc_id if instance is not None else "",
        type=labels.get(INSTANCE_TYPE, ""),
        node=node,
    )


def split(ours: Place, theirs: Place) -> Split | None:
    """What keeps two places from talking EFA, None where nothing is seen to."""
    if ours.zone and theirs.zone and ours.zone != theirs.zone:
        return Split(kind="zone", label=ZONE, ours=ours.zone, theirs=theirs.zone)
    if ours.vpc and theirs.vpc and ours.vpc != theirs.vpc:
        return Split(kind="VPC", label="", ours=ours.vpc, theirs=theirs.vpc)
    families = {ours.family, theirs.family}
    apart = any(len(families & own) == 1 < len(families) for own in _OF_THEIR_OWN)
    if ours.type and theirs.type and apart:
        return Split(kind="type", label=INSTANCE_TYPE, ours=ours.type, theirs=theirs.type)
    return None

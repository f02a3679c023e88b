"""``efadoctor instance-types``: which EC2 instance types have EFA, and how much of it."""

from __future__ import annotations

from efadoctor.cli import terminal
from efadoctor.cli.arguments import Arguments
from efadoctor.cli.sources import read_snapshot
from efadoctor.cli.talk import say
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.instance_types import (
    TypeFacts,
    efa_types,
    known_types,
    offered_zones,
    table_date,
)

_HEAD = ("TYPE", "EFA", "CARDS", "GPUS", "RDMA READ", "RDMA WRITE", "ZONES")


def run(arguments: Arguments) -> int:
    """Print the table; zones where EC2 was asked which offer a type."""
    snapshot = read_snapshot(arguments) if arguments.bundle is not None else None
    types = [t for t in efa_types(snapshot) if t.gpus or not arguments.gpu]
    if not any(t.from_ec2 for t in known_types(snapshot).values()):
        say(f"from the table of {table_date()} that ships with efadoctor; EC2 was not asked")
    rows = [_HEAD, *(_row(t, snapshot) for t in types)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEAD))]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        terminal.put("  ".join(cells).rstrip() + "\n")
    return 0


def _row(facts: TypeFacts, snapshot: Snapshot | None) -> tuple[str, ...]:
    rdma = facts.rdma
    zones = offered_zones(snapshot, facts.name) if snapshot is not None else None
    return (
        facts.name,
        str(facts.efa_interfaces),
        str(facts.network_cards),
        str(facts.gpus),
        _yes(rdma is not None and rdma.read),
        _yes(rdma is not None and rdma.write),
        "not asked" if zones is None else " ".join(sorted(zones)) or "none",
    )


def _yes(holds: bool) -> str:  # noqa: FBT001  (one word from one truth)
    return "yes" if holds else "no"

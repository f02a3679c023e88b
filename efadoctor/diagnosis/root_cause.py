"""Which path a pod means, and what stands on it once consequences have collapsed.

docs/architecture.md has the order: the path that the pod names, nearly or exactly,
else those whose type serves its EFA and GPU counts; among them the one of least change.
"""

from __future__ import annotations

import msgspec

from efadoctor.diagnosis.examination import Examination
from efadoctor.graph import CheckGraph
from efadoctor.model.finding import Awaited, Finding, PathKind, Severity, Stage
from efadoctor.scheduling.intent import is_meant
from efadoctor.scheduling.path import Path

UNEXPLAINED = 20
"""Costs more than any one change: a path that no check explains is the last to be chosen."""

UNTOLD = 1
"""As much as the least change: a node about which a check could not tell may need no more."""

_OFF = 8
"""A path that the pod's selectors do not name is further from it than any that they do."""

_NEVER = 2 * _OFF
"""Further than any path that may be meant: what cannot serve the pod, and is not for such pods."""

_OF_NODES = (Stage.POD, Stage.NODE, Stage.PLUGIN, Stage.ALLOCATABLE)
"""The stages whose checks could explain what refuses a pod on an existing node."""


class Obstacles(msgspec.Struct, frozen=True, kw_only=True):
    """One path and what stands on it: its causes, and what it only waits for.

    ``untold``: if something refuses the pod there, the checks that could say why lack facts.
    ``fit``: the path is one for such pods, whether it serves this one or not. ``idle``: nothing
    stands in the way of a node that would be made, and none is made; no object shows why.
    """

    path: Path
    causes: tuple[Finding, ...] = ()
    awaited: tuple[Awaited, ...] = ()
    untold: bool = False
    fit: bool = False
    idle: bool = False

    @property
    def blocked(self) -> bool:
        """Whether the scheduler, or Karpenter, refuses anything here."""
        judged = self.path.judgement
        return bool(self.path.refusals or (judged is not None and judged.blockers))

    @property
    def unexplained(self) -> bool:
        """Something refuses and no check says why, though none lacks facts; or nothing happens."""
        return self.idle or (self._silent and not self.untold)

    @property
    def _silent(self) -> bool:
        return self.blocked and not self.causes and not self.awaited

    @property
    def cost(self) -> int:
        """The sum of the changes; equal nodes of one class count once."""
        seen = {
            (f.code, f.key, "" if f.object.kind == "Node" else f.object): f for f in self.causes
        }
        total = sum(f.change.cost for f in seen.values())
        if self._silent:
            return total + (UNTOLD if self.untold else UNEXPLAINED)
        return total


def obstacles(examination: Examination, graph: CheckGraph) -> tuple[Obstacles, ...]:
    """Every path with its causes, symptoms dropped where their cause stands on the same path."""
    silenced = {graph.checks[r.check].stage for r in examination.unknown()}
    lacking = not silenced.isdisjoint(_OF_NODES)
    return tuple(_on(path, examination, graph, lacking=lacking) for path in examination.case.paths)


def idle_marked(ways: tuple[Obstacles, ...], *, had_its_time: bool) -> tuple[Obstacles, ...]:
    """The ways in, a pool or group that might have made a node and did not marked as idle.

    Only beside a node for such pods with a cause of its own: that one is there. What the pod
    itself asks for, and this node cannot give, another node can.
    """
    if not (had_its_time and any(map(_is_at_fault, ways))):
        return ways
    return tuple(msgspec.structs.replace(w, idle=_makes_nothing(w)) for w in ways)


def _is_at_fault(way: Obstacles) -> bool:
    """Whether a node, and not the pod, is why a pod that means such nodes is kept off."""
    if way.path.id.kind is not PathKind.NODE or _meaning(way):
        return False
    return bool(way.causes) and all(f.stage is not Stage.POD for f in way.causes)


def _makes_nothing(way: Obstacles) -> bool:
    in_the_way = way.blocked or way.causes or way.awaited or way.untold
    return way.path.hypothetical and not in_the_way


def _on(path: Path, examination: Examination, graph: CheckGraph, *, lacking: bool) -> Obstacles:
    here = [f for f in examination.findings if path.id in f.paths and f.severity is Severity.ERROR]
    present = {f.check for f in here}
    causes = [f for f in here if not graph.causes_of(f.check) & present]
    waits = tuple(a for a in examination.awaited if path.id in a.paths)
    return Obstacles(
        path=path,
        causes=tuple(sorted(causes, key=_order)),
        awaited=waits,
        untold=(lacking and path.id.kind is PathKind.NODE)
        or any(path.id in u.paths for u in examination.untold),
        fit=is_meant(path, examination.case.pod),
    )


def _order(finding: Finding) -> tuple[int, str, str, str]:
    """The order to do them in: along the chain, then by code."""
    return (finding.stage.rank, finding.code, str(finding.object), finding.key)


def choose(found: tuple[Obstacles, ...]) -> Obstacles | None:
    """The path that the pod means and that needs the least change; None without any path."""
    return min(found, key=_preference, default=None)


def _preference(way: Obstacles) -> tuple[bool, int, bool, int, bool, int, str]:
    """A node that takes the pod now comes before all else."""
    path = way.path
    weight = path.pool.spec.weight if path.pool is not None else 0
    exists = path.id.kind is PathKind.NODE
    takes_it = exists and not way.blocked and not way.causes
    return (
        not takes_it,
        _meaning(way),
        way.unexplained,
        way.cost,
        not exists,
        -weight,
        path.id.name,
    )


def _meaning(way: Obstacles) -> int:
    """How far the path is from what the pod means; 0 is what it says, or plainly meant to say.

    A NodePool for such pods may be given a type that serves this one; a CPU pool is never meant,
    whatever selects it but its name, and a node of a type that cannot serve the pod never will.
    """
    path = way.path
    nearly = any(path.id in f.meant for f in way.causes)
    off = 0 if path.selected or nearly else _OFF
    if path.serves is not False:
        return off + (1 if path.serves is None else 0)
    if path.pool is not None and path.hypothetical:
        return off + 2 if way.fit else _NEVER + off
    return _NEVER + off + 1

"""The topology spread constraints that a way in does not meet, by their index in the pod."""

from __future__ import annotations

from collections.abc import Iterator

from efadoctor.authoring import Case, Path
from efadoctor.model.kubernetes import TopologySpreadConstraint
from efadoctor.scheduling.karpenter.blockers import Topology, TopologyUnmet
from efadoctor.scheduling.names import ZONE
from efadoctor.scheduling.refusals import SpreadUnmet
from efadoctor_checks._offerings import led_elsewhere

HARD = "DoNotSchedule"


def unmet(case: Case, path: Path) -> tuple[int, ...]:
    """Every constraint that a way in does not meet."""
    of_node = (r.index for r in path.of_kind(SpreadUnmet))
    return tuple(dict.fromkeys((*of_node, *_of_pool(case, path))))


def _of_pool(case: Case, path: Path) -> Iterator[int]:
    blockers = path.judgement.blockers if path.judgement is not None else ()
    keys = {b.key for b in blockers if isinstance(b, TopologyUnmet) and b.kind is Topology.SPREAD}
    if led_elsewhere(path) and _only_spread_leads(case):
        keys.add(ZONE)
    for index, constraint in enumerate(case.pod.spec.topology_spread_constraints):
        if _is_hard(constraint) and constraint.topology_key in keys:
            yield index


def _is_hard(constraint: TopologySpreadConstraint) -> bool:
    return constraint.when_unsatisfiable == HARD


def _only_spread_leads(case: Case) -> bool:
    """Whether nothing else of the pod could lead it to a zone."""
    spec = case.pod.spec
    return not (spec.volumes or spec.affinity or spec.node_selector)

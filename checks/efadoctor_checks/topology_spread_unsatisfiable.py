"""No node keeps the pod's topology spread.

## What it checks

Each topology spread constraint that must hold (`DoNotSchedule`), against every node and against
the nodes that NodePools could make: whether the node has the topology label at all, and how uneven
the spread would become there.

## Why it matters

EFA capacity is in one zone. A constraint that spreads a job over zones is then unsatisfiable from
the second pod on; and the zones that count are those of all nodes that the pod selects, tainted
ones included.

## Evidence

The constraint.

## Fix

Spread as far as possible (`ScheduleAnyway`), or over the hosts of one zone.

## Sources

- https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
- https://karpenter.sh/docs/concepts/scheduling/#topology-spread
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    Fix,
    Path,
    Setting,
    Stage,
    change_pod,
    check,
)
from efadoctor.model.kubernetes import Node, Pod, TopologySpreadConstraint, Workload
from efadoctor.scheduling.refusals import SpreadUnmet
from efadoctor.scheduling.spelling import nearest
from efadoctor_checks._paths import likeliest, named
from efadoctor_checks._spread import unmet


@check("EFA110", stage=Stage.POD, needs=(Node, Pod), uses=(Workload,))
def topology_spread_unsatisfiable(case: Case) -> Iterator[Finding]:
    """One finding for each constraint."""
    found: dict[int, list[Path]] = {}
    for path in case.paths:
        for index in unmet(case, path):
            found.setdefault(index, []).append(path)
    for index, paths in found.items():
        yield _finding(case, index, paths)


def _finding(case: Case, index: int, paths: list[Path]) -> Finding:
    constraint = case.pod.spec.topology_spread_constraints[index]
    path = likeliest(paths)
    skews = [r.skew for r in path.of_kind(SpreadUnmet) if r.index == index]
    unlabelled = bool(skews) and skews[0] is None
    said = _said(constraint, named(path), skews[0] if skews else None, unlabelled=unlabelled)
    near = _near_key(case, constraint) if unlabelled else None
    field = f"spec.topologySpreadConstraints[{index}]"
    return Finding(
        object=case.pod_ref,
        summary=f"{said}.",
        evidence=(
            Evidence(
                object=case.pod_ref,
                field=f"{field}.topologyKey" if near else field,
                value=constraint.topology_key if near else constraint,
                expected=near,
            ),
        ),
        chain=(f"{said}.", "The constraint must hold, so the pod is kept off."),
        fixes=_fixes(case, index, near),
        paths=frozenset(p.id for p in paths),
        change=Change.SPELLING if near else Change.SELECTOR,
        key=f"{index} {constraint.topology_key}",
    )


def _said(
    constraint: TopologySpreadConstraint, where: str, skew: int | None, *, unlabelled: bool
) -> str:
    key = constraint.topology_key
    if unlabelled:
        return f"The pod must be spread over {key}, a label that is not on {where}"
    would = f" of {skew}" if skew is not None else ""
    return (
        f"On {where} the pod's spread over {key} would have a skew{would}, where at most "
        f"{constraint.max_skew} is allowed"
    )


def _near_key(case: Case, constraint: TopologySpreadConstraint) -> str | None:
    """The label that the key was meant for, where no node has it as written."""
    known = {k for p in case.paths for k in p.node.metadata.labels}
    return None if constraint.topology_key in known else nearest(constraint.topology_key, known)


def _fixes(case: Case, index: int, near: str | None) -> tuple[Fix, ...]:
    at = f"topologySpreadConstraints[{index}]"
    changes = [(f"{at}.topologyKey", near, f"Spread over {near}")] if near else []
    changes.append((f"{at}.whenUnsatisfiable", "ScheduleAnyway", "Spread as far as possible"))
    return tuple(
        fix
        for path, value, title in changes
        for fix in change_pod(case.snapshot, case.pod, (Setting(path, value),), title=title)
    )

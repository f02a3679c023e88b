"""What a pod wants, as Karpenter reads it, and how Karpenter gives up on preferences.

Preferences are treated as required first. When no NodePool takes the pod, one is given up
and all NodePools are tried again, until nothing is left to give up; what is then in the
way is what Karpenter reports. The terms of a required node affinity are alternatives:
only the first counts, and giving up drops it for the next.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/controllers/provisioning/scheduling/preferences.go
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

from msgspec.structs import replace

from efadoctor.model.kubernetes import (
    Affinity,
    NodeAffinity,
    NodeSelector,
    NodeSelectorTerm,
    Pod,
    PodAffinity,
    PodSpec,
    Toleration,
)
from efadoctor.scheduling.requirements import Requirement, Requirements

SOFT_SPREAD = "ScheduleAnyway"
ANY_PREFERENCE = Toleration(operator="Exists", effect="PreferNoSchedule")


def requirements_of(pod: Pod, *, preferences: bool) -> Requirements:
    """Node selector, first term of the required affinity, and (``preferences``) the heaviest
    preferred term.

    https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/scheduling/requirements.go
    """
    wanted = Requirements.of_labels(pod.spec.node_selector)
    affinity = _node_affinity(pod.spec)
    if affinity is None:
        return wanted
    if preferences and affinity.preferred:
        heaviest = max(affinity.preferred, key=lambda term: term.weight)
        wanted = wanted.plus(of_term(heaviest.preference))
    if affinity.required is not None and affinity.required.node_selector_terms:
        wanted = wanted.plus(of_term(affinity.required.node_selector_terms[0]))
    return wanted


def of_term(term: NodeSelectorTerm) -> Requirements:
    """The requirements of a node selector term; its fields are not looked at."""
    return Requirements(Requirement.of(e.key, e.operator, e.values) for e in term.match_expressions)


def alternatives(selector: NodeSelector | None) -> tuple[Requirements, ...]:
    """Each term of a node selector that has requirements on labels."""
    terms = selector.node_selector_terms if selector is not None else ()
    return tuple(of_term(term) for term in terms if term.match_expressions)


def uses_claims(pod: Pod) -> bool:
    """Whether a container uses a ResourceClaim (dynamic resource allocation)."""
    containers = (*pod.spec.init_containers, *pod.spec.containers)
    return any(c.resources.claims for c in containers)


def relaxations(pod: Pod, *, tolerate_preferences: bool) -> Iterator[Pod]:
    """The pod, then the pod with ever fewer preferences, in Karpenter's order.

    ``tolerate_preferences``: at last it tolerates every PreferNoSchedule taint, which
    Karpenter does where a NodePool has one.
    """
    current: PodSpec | None = pod.spec
    while current is not None:
        yield replace(pod, spec=current)
        current = _relaxed(current, tolerate_preferences=tolerate_preferences)


def _relaxed(spec: PodSpec, *, tolerate_preferences: bool) -> PodSpec | None:
    """The spec without the next thing to give up, None where nothing is left."""
    for step in _STEPS:
        if (relaxed := step(spec)) is not None:
            return relaxed
    if tolerate_preferences and not any(
        (t.key, t.operator, t.value, t.effect) == ("", "Exists", "", "PreferNoSchedule")
        for t in spec.tolerations
    ):
        return replace(spec, tolerations=(*spec.tolerations, ANY_PREFERENCE))
    return None


def _node_affinity(spec: PodSpec) -> NodeAffinity | None:
    return spec.affinity.node_affinity if spec.affinity is not None else None


def _drop_required_term(spec: PodSpec) -> PodSpec | None:
    affinity = _node_affinity(spec)
    if affinity is None or affinity.required is None:
        return None
    terms = affinity.required.node_selector_terms
    if len(terms) <= 1:
        return None
    return _with_node_affinity(
        spec, replace(affinity, required=NodeSelector(node_selector_terms=terms[1:]))
    )


def _drop_preferred_node_term(spec: PodSpec) -> PodSpec | None:
    affinity = _node_affinity(spec)
    if affinity is None or not affinity.preferred:
        return None
    return _with_node_affinity(spec, replace(affinity, preferred=_lighter(affinity.preferred)))


def _drop_preferred_pod_term(name: str) -> Callable[[PodSpec], PodSpec | None]:
    def drop(spec: PodSpec) -> PodSpec | None:
        affinity: PodAffinity | None = getattr(spec.affinity, name, None)
        if spec.affinity is None or affinity is None or not affinity.preferred:
            return None
        lighter = replace(affinity, preferred=_lighter(affinity.preferred))
        return replace(spec, affinity=replace(spec.affinity, **{name: lighter}))

    return drop


def _drop_soft_spread(spec: PodSpec) -> PodSpec | None:
    constraints = list(spec.topology_spread_constraints)
    for index, constraint in enumerate(constraints):
        if constraint.when_unsatisfiable == SOFT_SPREAD:
            constraints[index] = constraints[-1]
            return replace(spec, topology_spread_constraints=tuple(constraints[:-1]))
    return None


_STEPS: tuple[Callable[[PodSpec], PodSpec | None], ...] = (
    _drop_required_term,
    _drop_preferred_pod_term("pod_affinity"),
    _drop_preferred_pod_term("pod_anti_affinity"),
    _drop_preferred_node_term,
    _drop_soft_spread,
)


def _with_node_affinity(spec: PodSpec, affinity: NodeAffinity) -> PodSpec:
    return replace(spec, affinity=replace(spec.affinity or Affinity(), node_affinity=affinity))


Weighted = TypeVar("Weighted")


def _lighter(terms: tuple[Weighted, ...]) -> tuple[Weighted, ...]:
    """The terms without the heaviest, heaviest first."""
    return tuple(sorted(terms, key=lambda term: -getattr(term, "weight", 0)))[1:]

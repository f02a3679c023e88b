"""No node meets the pod's affinity or anti-affinity to other pods.

## What it checks

Each required pod affinity and anti-affinity term of the pod, and the anti-affinity of pods that
run, against every node and against the nodes that NodePools could make. An affinity that no pod
in the cluster matches is told from one whose pods are elsewhere.

## Why it matters

A worker that must be beside its launcher, or never beside another worker, waits for good once no
node can be that; one wrong label in the term is enough. The scheduler says "didn't match pod
affinity rules" and names no pod.

## Evidence

The term, and the pod that is in the way where there is one.

## Fix

Correct the term or the labels that it looks for; prefer instead of require.

## Sources

- https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
- https://karpenter.sh/docs/concepts/scheduling/#pod-affinityanti-affinity
"""

from collections.abc import Iterator

from efadoctor.authoring import (
    Case,
    Change,
    Evidence,
    Finding,
    ObjectRef,
    Path,
    Stage,
    check,
)
from efadoctor.model.kubernetes import Namespace, Node, Pod, Workload
from efadoctor.scheduling.refusals import PodAffinitySide, PodAffinityUnmet
from efadoctor_checks._paths import does, likeliest
from efadoctor_checks._pod_affinity import Rule, is_matched, terms_of, unmet
from efadoctor_checks._pod_affinity_fixes import FIELDS, at, fixes


@check("EFA109", stage=Stage.POD, needs=(Node, Pod), uses=(Namespace, Workload))
def pod_affinity_unsatisfiable(case: Case) -> Iterator[Finding]:
    """One finding for each term."""
    found: dict[Rule, list[Path]] = {}
    for path in case.paths:
        for rule in unmet(case, path):
            found.setdefault(rule, []).append(path)
    for rule, paths in found.items():
        alone = rule.side is PodAffinitySide.AFFINITY and not is_matched(case, rule)
        if alone and not case.snapshot.was_read_whole(Pod):
            continue  # the pods that it wants may be among those that nobody read
        yield _finding(case, rule, list(case.paths) if alone else paths)


def _finding(case: Case, rule: Rule, paths: list[Path]) -> Finding:
    path = likeliest(paths)
    holder = next(
        (
            r.holder
            for p in paths
            for r in p.of_kind(PodAffinityUnmet)
            if r.holder and (r.side, r.index) == (rule.side, rule.index)
        ),
        "",
    )
    said = _said(case, rule, holder, path)
    return Finding(
        object=case.pod_ref,
        summary=f"{said}.",
        evidence=tuple(_evidence(case, rule, holder)),
        chain=(f"{said}.", "So the scheduler keeps the pod off, and Karpenter makes no node."),
        fixes=fixes(case, rule, holder),
        paths=frozenset(p.id for p in paths),
        change=Change.SELECTOR,
        key=f"{rule.side.value} {rule.index} {rule.key}",
    )


def _said(case: Case, rule: Rule, holder: str, path: Path) -> str:
    match rule.side:
        case PodAffinitySide.EXISTING_ANTI_AFFINITY:
            who = f"pod {holder}" if holder else "another pod"
            return f"{who[0].upper()}{who[1:]} keeps pods like this one out of its {rule.key}"
        case PodAffinitySide.ANTI_AFFINITY:
            near = f"pod {holder}" if holder else "a pod that it names"
            where = does(path, "does", "do")
            return f"The pod may not share its {rule.key} with {near}, and {where}"
        case PodAffinitySide.AFFINITY:
            if not is_matched(case, rule):
                return "The pod wants to be beside pods that its affinity matches, and none does"
            where = does(path, "is", "are")
            return f"The pod wants the {rule.key} of the pods that it names; {where} elsewhere"


def _evidence(case: Case, rule: Rule, holder: str) -> Iterator[Evidence]:
    terms = terms_of(case.pod, rule.side) if rule.side in FIELDS else ()
    if rule.index < len(terms):
        field = f"spec.{at(rule)}"
        yield Evidence(object=case.pod_ref, field=field, value=terms[rule.index])
    if holder:
        namespace, _, name = holder.partition("/")
        ref = ObjectRef("v1", "Pod", namespace, name)
        pod = case.snapshot.get(Pod, name, namespace)
        if pod is not None:
            yield Evidence(object=ref, field="metadata.labels", value=pod.metadata.labels)
